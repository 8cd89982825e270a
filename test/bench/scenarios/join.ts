import { withClient } from '../../../src/admin/client/client.js';
import { type Member, startMembers, untilInSync } from '../cluster.js';
import { atLeast, atMost, type Measured } from '../figures.js';
import { fill } from '../pipeline.js';
import { expectKeys, freePort, portOf, timed, untilHasKey } from '../probes.js';
import { SteadyLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, type RedisServer, redisBenchmarkVersion } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { keyText } from '../workload.js';

const SHARE_MIN = 0.5;
const RATE_BEFORE_MS = 2000;

/** Something that gets a full copy, and what it takes to undo that for the next run. */
interface Giver {
  readonly name: string;
  readonly port: number;
  /** Starts an empty process; resolves when it has the key, and gives how to end it. */
  copy(key: string): Promise<{ port: number; end(): Promise<unknown> }>;
}

export const joinScenario: Scenario = {
  number: 4,
  name: 'join',
  title: 'an empty node joins, against the full resync of a Redis replica',
  runs: 3,
  async measure(stage) {
    const entries = stage.size(1_000_000, 20_000);
    const givers = [await mnemeGiver(stage), await redisGiver(stage)].filter((one) => one !== null);
    for (const { name, port } of givers) {
      stage.progress(`${name}: loading ${entries} entries`);
      await fill(port, entries);
    }
    stage.note(
      `${entries} entries; from the start of the empty process until it answers a GET with a value, DBSIZE checked`,
    );
    stage.note('mneme is durable at both ends; redis has no persistence, repl-diskless-sync-delay 0');
    const times = await inTurn(
      stage.runs,
      givers.map((giver) => () => copyTimeMs(stage, giver, entries)),
    );
    const rates = await measureRates(stage, givers, entries);
    const starts = await inTurn(stage.runs, [() => startTimeMs(stage)]);
    return [
      {
        figure: 'full copy',
        unit: 'ms',
        of: { name: 'mneme', values: times[0]! },
        against: times[1] === undefined ? undefined : { name: 'redis', values: times[1] },
        target: atMost(1),
      },
      { figure: 'of that, the start of a node without data', unit: 'ms', of: { name: 'mneme', values: starts[0]! } },
      ...rates,
    ];
  },
};

// ---

async function copyTimeMs(stage: Stage, giver: Giver, entries: number): Promise<number> {
  stage.progress(`${giver.name}: full copy`);
  const startedMs = performance.now();
  const copy = await giver.copy(keyText(entries - 1));
  const tookMs = performance.now() - startedMs;
  await expectKeys(copy.port, entries);
  await copy.end();
  return tookMs;
}

/** The giver's operations a second while it gives a copy, against those before. */
async function measureRates(stage: Stage, givers: readonly Giver[], entries: number): Promise<Measured[]> {
  if (redisBenchmarkVersion() === null) {
    stage.leaveOut('throughput meanwhile, which needs redis-benchmark', 'not installed');
    return [];
  }
  stage.note('throughput meanwhile: redis-benchmark SET, 50 connections, P=1, by the count of the serving node');
  const results = await inTurn(
    stage.runs,
    givers.map((giver) => () => ratesOf(stage, giver, entries)),
  );
  return givers.map(({ name }, index): Measured => {
    const runs = results[index]!;
    return {
      figure: `SET of the serving ${name === 'mneme' ? 'node' : 'Redis'} meanwhile`,
      unit: 'ops/s',
      of: { name: 'meanwhile', values: runs.map((run) => run.meanwhile) },
      against: { name: 'before', values: runs.map((run) => run.before) },
      target: name === 'mneme' ? atLeast(SHARE_MIN) : undefined,
    };
  });
}

async function ratesOf(stage: Stage, giver: Giver, entries: number): Promise<{ before: number; meanwhile: number }> {
  stage.progress(`${giver.name}: full copy under load`);
  const load = { commands: ['set'] as const, requests: 100_000_000, keys: entries, pipeline: 1 };
  const steady = new SteadyLoad({ ...load, port: giver.port });
  stage.owns(steady);
  await steady.rateOver(RATE_BEFORE_MS / 2);
  const before = await steady.rateOver(stage.size(RATE_BEFORE_MS, 500));
  let copy: Awaited<ReturnType<Giver['copy']>> | null = null;
  const meanwhile = await steady.rateWhile(async () => {
    copy = await giver.copy(keyText(entries - 1));
  });
  await steady.kill();
  await (copy as Awaited<ReturnType<Giver['copy']>> | null)?.end();
  return { before, meanwhile };
}

async function mnemeGiver(stage: Stage): Promise<Giver> {
  const [member] = (await startMembers(stage, ['giver'])) as [Member];
  let joiners = 0;
  const copy: Giver['copy'] = async (key) => {
    const name = `joiner-${++joiners}`;
    const port = await freePort();
    const node = stage.node(name);
    const started = node.start(member.node.address, `127.0.0.1:${port}`);
    started.catch(() => {});
    await Promise.race([untilHasKey(port, key), started.then(() => new Promise<never>(() => {}))]);
    const end = async () => {
      await started;
      await withClient(node.address, (client) => client.call('LEAVE', {}));
      await node.kill();
      await untilInSync([member]);
    };
    return { port, end };
  };
  return { name: 'mneme', port: portOf(member.node.address), copy };
}

async function redisGiver(stage: Stage): Promise<Giver | null> {
  const giver = await stage.startRedis([...NO_PERSISTENCE, '--repl-diskless-sync-delay', '0']);
  if (giver === null) return null;
  const copy: Giver['copy'] = async (key) => {
    const follow = ['--replicaof', '127.0.0.1', String(giver.port)];
    const replica = stage.redis([...NO_PERSISTENCE, ...follow]) as RedisServer;
    await replica.spawn();
    await untilHasKey(replica.port, key);
    return { port: replica.port, end: () => replica.kill() };
  };
  return { name: 'redis', port: giver.port, copy };
}

/** What of a join is the start of Node.js and of the program. */
async function startTimeMs(stage: Stage): Promise<number> {
  const node = stage.node('empty');
  const tookMs = await timed(() => node.start());
  await node.kill();
  return tookMs;
}
