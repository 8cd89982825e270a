import { connectClient } from '../../../src/admin/client/client.js';
import type { EngineView } from '../../../src/admin/protocol/api.js';
import { type Member, startMembers } from '../cluster.js';
import { atLeast, atMost, type Measured, type Target, type Unit, under } from '../figures.js';
import { METHOD, measureLag } from '../lag.js';
import { fill } from '../pipeline.js';
import { infoField, until } from '../probes.js';
import { runLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, type RedisServer, redisBenchmarkVersion } from '../redis-server.js';
import { engineOf, joinBeside, untilQuiet } from '../redis-sites.js';
import { measureTravel } from '../redis-travel.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const PIPELINES = [
  { pipeline: 1, requests: 100_000, share: 0.7 },
  { pipeline: 16, requests: 400_000, share: 0.6 },
] as const;
const RATES = [5000, 20_000] as const;

export const redisEngine: Scenario = {
  number: 9,
  name: 'redis-engine',
  title:
    "the application's Redis with and without a node beside it, lag, rate and memory between two sites, a scan of all keys",
  runs: 3,
  async measure(stage) {
    const bare = await stage.startRedis(NO_PERSISTENCE);
    const [first, second] = [await stage.startRedis(NO_PERSISTENCE), await stage.startRedis(NO_PERSISTENCE)];
    const streamed = await stage.startRedis(NO_PERSISTENCE);
    if (bare === null || first === null || second === null || streamed === null) return [];
    const keys = stage.size(100_000, 2000);
    const [a] = await startMembers(stage, ['a'], engineOf(first));
    const [c] = await startMembers(stage, ['c'], engineOf(streamed, '?capture=replica'));
    for (const server of [bare, first, streamed]) await fill(server.port, keys);
    const attached = [
      { name: 'with a node', server: first, member: a! },
      { name: 'with a node that captures as a replica', server: streamed, member: c! },
    ];
    for (const { member } of attached) await untilQuiet(member);
    const throughput = await measureThroughput(stage, bare, attached, keys);
    await c!.node.kill('SIGTERM');
    await streamed.kill();
    const b = await joinBeside(stage, second, a!);
    const lags = await measureLags(stage, first, second, keys);
    const travelled = await measureTravel(stage, {
      from: first,
      to: second,
      capturing: a!.node.pid,
      applying: b.node.pid,
      untilQuiet: async () => {
        for (const member of [a!, b]) await untilQuiet(member);
      },
    });
    return [...throughput, ...lags, ...travelled, await measureScan(stage)];
  },
};

// ---

interface Attached {
  readonly name: string;
  readonly server: RedisServer;
  readonly member: Member;
}

async function measureThroughput(
  stage: Stage,
  bare: RedisServer,
  attached: readonly Attached[],
  keys: number,
): Promise<Measured[]> {
  if (redisBenchmarkVersion() === null) {
    stage.leaveOut('the throughput, which redis-benchmark measures', 'not installed');
    return [];
  }
  stage.note('throughput: Redis, the node and redis-benchmark (50 connections) share this machine');
  stage.note(
    "CPU time: of Redis itself, for a SET: what would be left of it where the node's own work has a processor to itself",
  );
  const figures: Measured[] = [];
  for (const { pipeline, requests, share } of PIPELINES) {
    stage.progress(`throughput, pipeline ${pipeline}`);
    const count = stage.size(requests, requests / 25);
    const load = (port: number) => runLoad({ commands: ['set'], requests: count, keys, pipeline, port });
    const on = async (port: number) => {
      const before = await cpuSeconds(port);
      const { set } = await load(port);
      return { rate: set!.opsPerSecond, cpuMicros: (((await cpuSeconds(port)) - before) * 1e6) / count };
    };
    const onAttached = attached.map(({ server, member }) => async () => {
      const result = await on(server.port);
      await untilQuiet(member);
      return result;
    });
    const [without = [], ...withNodes] = await inTurn(stage.runs, [() => on(bare.port), ...onAttached]);
    for (const [i, withNode] of withNodes.entries()) {
      const figure = (name: string, unit: Unit, field: 'rate' | 'cpuMicros', target: Target): Measured => ({
        figure: `SET P=${pipeline}${name}`,
        unit,
        of: { name: attached[i]!.name, values: withNode.map((result) => result[field]) },
        against: { name: 'without', values: without.map((result) => result[field]) },
        target,
      });
      figures.push(figure('', 'ops/s', 'rate', atLeast(share)));
      figures.push(figure(': CPU time of Redis', 'µs', 'cpuMicros', atMost(1 / share)));
    }
  }
  return figures;
}

/** What the server has spent so far. */
async function cpuSeconds(port: number): Promise<number> {
  return (await infoField(port, 'used_cpu_user')) + (await infoField(port, 'used_cpu_sys'));
}

async function measureLags(stage: Stage, from: RedisServer, to: RedisServer, keys: number): Promise<Measured[]> {
  stage.note(METHOD);
  const figures: Measured[] = [];
  for (const writesPerSecond of RATES) {
    stage.progress(`lag at ${writesPerSecond} writes/s`);
    const options = { writesPerSecond, keys, seconds: stage.size(5, 1), writePort: from.port, watchPorts: [to.port] };
    const [lags = []] = await inTurn(stage.runs, [() => measureLag(options)]);
    const figure = (name: string, values: number[], target?: Target): Measured => ({
      figure: `lag at ${writesPerSecond}/s, ${name}`,
      unit: 'ms',
      of: { name: 'from Redis to Redis', values },
      target,
    });
    figures.push(
      figure(
        'p50',
        lags.map((lag) => lag.p50Ms),
      ),
    );
    figures.push(
      figure(
        'p99',
        lags.map((lag) => lag.p99Ms),
        under(50),
      ),
    );
  }
  return figures;
}

async function measureScan(stage: Stage): Promise<Measured> {
  const keys = stage.size(1_000_000, 5000);
  const server = (await stage.startRedis(NO_PERSISTENCE))!;
  await fill(server.port, keys);
  const node = await stage.startNode('scanned', { flags: engineOf(server) });
  stage.progress(`scan of ${keys} keys`);
  const values: number[] = [];
  for (let run = 0; run < stage.runs; run++) {
    values.push((await scanned(node.address)) / 1000);
    await node.kill('SIGTERM');
    await node.start();
  }
  const label = `${keys} keys`;
  return {
    figure: `scan after a restart, ${label}; the first one captures them`,
    unit: 's',
    of: { name: 'mneme', values },
    target: under(60),
  };
}

/** Milliseconds that the scan after the start took, once everything is captured. */
async function scanned(address: string): Promise<number> {
  const client = await connectClient(address);
  try {
    let engine: EngineView | null = null;
    await until(
      'all keys are compared and captured',
      async () => {
        engine = (await client.call('ENGINE', { action: 'status' })).engine;
        return engine.state === 'attached' && engine.toRead === 0;
      },
      { timeoutMs: 120_000, pollMs: 50 },
    );
    return (engine as EngineView | null)?.scanMs ?? 0;
  } finally {
    client.close();
  }
}
