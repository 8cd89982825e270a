import { type Member, startMembers, untilInSync } from '../cluster.js';
import { atLeast, type Measured, under } from '../figures.js';
import { type Lag, METHOD, measureLag } from '../lag.js';
import { fill } from '../pipeline.js';
import { infoField, portOf, until } from '../probes.js';
import { runLoad } from '../redis-benchmark.js';
import { NO_PERSISTENCE, type RedisServer, redisBenchmarkVersion } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';

const WRITES_PER_SECOND = 20_000;
const PIPELINES = [
  { pipeline: 1, requests: 100_000 },
  { pipeline: 16, requests: 300_000 },
] as const;

export const replication: Scenario = {
  number: 2,
  name: 'replication',
  title: 'SET on one of three nodes against a single node, and the lag to the others',
  runs: 3,
  async measure(stage) {
    const keys = stage.size(1_000_000, 5000);
    const trio = await startMembers(stage, ['a', 'b', 'c']);
    stage.progress(`loading ${keys} keys`);
    await fill(portOf(trio[0]!.node.address), keys);
    await untilInSync(trio);
    const redis = await startRedisTrio(stage);
    const throughput = await measureThroughput(stage, trio, redis, keys);
    return [...throughput, ...(await measureLags(stage, trio, redis, keys))];
  },
};

// ---

async function measureThroughput(
  stage: Stage,
  trio: readonly Member[],
  redis: readonly RedisServer[] | null,
  keys: number,
): Promise<Measured[]> {
  if (redisBenchmarkVersion() === null) {
    stage.leaveOut('the throughput, which redis-benchmark measures', 'not installed');
    return [];
  }
  stage.note('throughput: all nodes are durable and share this machine with redis-benchmark, 50 connections');
  stage.note(
    'redis: a primary with two replicas against a server alone, without persistence: what the machine has room for',
  );
  const redisSingle = redis === null ? null : await stage.startRedis(NO_PERSISTENCE);
  if (redis !== null) await fill(redis[0]!.port, keys);
  if (redisSingle !== null) await fill(redisSingle.port, keys);
  const single = await stage.startNode('single');
  await fill(portOf(single.address), keys);
  const figures: Measured[] = [];
  for (const { pipeline, requests } of PIPELINES) {
    stage.progress(`throughput, pipeline ${pipeline}`);
    const load = { commands: ['set'] as const, requests: stage.size(requests, requests / 25), keys, pipeline };
    const onTrio = async () => {
      const results = await runLoad({ ...load, port: portOf(trio[0]!.node.address) });
      await untilInSync(trio);
      return results.set!.opsPerSecond;
    };
    const onSingle = async () => (await runLoad({ ...load, port: portOf(single.address) })).set!.opsPerSecond;
    const onRedis = (port: number) => async () => (await runLoad({ ...load, port })).set!.opsPerSecond;
    const peers = redis === null || redisSingle === null ? [] : [onRedis(redis[0]!.port), onRedis(redisSingle.port)];
    const runs = await inTurn(stage.runs, [onTrio, onSingle, ...peers]);
    const [ofTrio = [], ofSingle = [], ofRedisTrio, ofRedisSingle] = runs;
    figures.push({
      figure: `SET P=${pipeline}, durable`,
      unit: 'ops/s',
      of: { name: 'one of three', values: ofTrio },
      against: { name: 'single', values: ofSingle },
      target: atLeast(0.7),
    });
    if (ofRedisTrio === undefined || ofRedisSingle === undefined) continue;
    figures.push({
      figure: `SET P=${pipeline}, redis`,
      unit: 'ops/s',
      of: { name: 'with two replicas', values: ofRedisTrio },
      against: { name: 'single', values: ofRedisSingle },
    });
  }
  await single.kill();
  return figures;
}

async function measureLags(
  stage: Stage,
  trio: readonly Member[],
  redis: readonly RedisServer[] | null,
  keys: number,
): Promise<Measured[]> {
  stage.note(METHOD);
  stage.note(
    'lag, durable: three nodes on one disk, and a node sends only what is on its disk; redis has no persistence',
  );
  const seconds = stage.size(3, 1);
  const options = { writesPerSecond: WRITES_PER_SECOND, keys };
  const lagIn = ([first = 0, ...others]: readonly number[]) =>
    measureLag({ ...options, seconds, writePort: first, watchPorts: others });
  const floorOf = ([first = 0]: readonly number[]) =>
    measureLag({ ...options, seconds: Math.min(2, seconds), writePort: first, watchPorts: [first] });
  const portsOf = (members: readonly Member[]) => members.map(({ node }) => portOf(node.address));
  const memoryOnly = await startMembers(stage, ['d', 'e', 'f'], [], { memoryOnly: true });
  await fill(portOf(memoryOnly[0]!.node.address), keys);
  await untilInSync(memoryOnly);
  const durable = portsOf(trio);
  const subjects = [durable, portsOf(memoryOnly)];
  if (redis !== null) subjects.push(redis.map(({ port }) => port));
  stage.progress(`lag at ${WRITES_PER_SECOND} writes/s`);
  const [ofDurable = [], ofMemoryOnly = [], ofRedis] = await inTurn(
    stage.runs,
    subjects.map((ports) => () => lagIn(ports)),
  );
  const floors = await inTurn(Math.min(2, stage.runs), [() => floorOf(durable)]);
  return [
    ...lagFigures('durable', ofDurable, ofRedis),
    ...lagFigures('memory-only', ofMemoryOnly, ofRedis),
    ...methodFigures(ofDurable, floors[0]!),
  ];
}

function lagFigures(mode: string, mneme: readonly Lag[], redis: readonly Lag[] | undefined): Measured[] {
  const figure = (name: string, field: 'p50Ms' | 'p99Ms' | 'maxMs', boundMs?: number): Measured => ({
    figure: `lag ${name}, ${mode}`,
    unit: 'ms',
    of: { name: 'mneme', values: mneme.map((lag) => lag[field]) },
    against: redis === undefined ? undefined : { name: 'redis', values: redis.map((lag) => lag[field]) },
    target: boundMs === undefined ? undefined : under(boundMs),
  });
  return [figure('p50', 'p50Ms', 1), figure('p99', 'p99Ms', 10), figure('longest', 'maxMs')];
}

function methodFigures(mneme: readonly Lag[], floors: readonly Lag[]): Measured[] {
  const of = (what: string, unit: Measured['unit'], values: number[]): Measured => ({
    figure: what,
    unit,
    of: { name: 'mneme', values },
  });
  return [
    of(
      'floor of the method, p50',
      'ms',
      floors.map((lag) => lag.p50Ms),
    ),
    of(
      'floor of the method, p99',
      'ms',
      floors.map((lag) => lag.p99Ms),
    ),
    of(
      'writes answered',
      'ops/s',
      mneme.map((lag) => lag.writesPerSecond),
    ),
    of(
      'reads of a watcher',
      'ops/s',
      mneme.map((lag) => lag.pollsPerSecond),
    ),
  ];
}

/** A primary and two replicas, without persistence: their fastest. */
async function startRedisTrio(stage: Stage): Promise<RedisServer[] | null> {
  const primary = await stage.startRedis([...NO_PERSISTENCE, '--repl-diskless-sync-delay', '0']);
  if (primary === null) return null;
  const follow = ['--replicaof', '127.0.0.1', String(primary.port)];
  const replicas: RedisServer[] = [];
  for (let i = 0; i < 2; i++) {
    const replica = await stage.startRedis([...NO_PERSISTENCE, ...follow]);
    if (replica !== null) replicas.push(replica);
  }
  await until('both replicas are linked', async () => (await infoField(primary.port, 'connected_slaves')) === 2);
  return [primary, ...replicas];
}
