import { atLeast, type Measured } from '../figures.js';
import { withPipeline } from '../pipeline.js';
import { portOf } from '../probes.js';
import { type Pace, runCommand } from '../redis-benchmark.js';
import { APPEND_ONLY, NO_PERSISTENCE } from '../redis-server.js';
import { inTurn } from '../scenario.js';
import type { Stage } from '../stage.js';
import { CONNECTIONS, encode } from '../workload.js';
import { fillHashes } from './parts-hashes.js';

const RANDOM = '__rand_int__';
const VALUE = 'v'.repeat(20);
const MODES = [
  { name: 'durable', memoryOnly: false, redisFlags: APPEND_ONLY },
  { name: 'memory only', memoryOnly: true, redisFlags: NO_PERSISTENCE },
] as const;
const PIPELINES = [
  { pipeline: 1, requests: 100_000, ratioMin: 0.9 },
  { pipeline: 16, requests: 500_000, ratioMin: 1.0 },
] as const;

/** Commands of one part, and of ten members. */
function commandsOf(members: number): readonly { readonly title: string; readonly words: readonly string[] }[] {
  const middle = Math.floor(members / 2);
  return [
    { title: 'HSET', words: ['HSET', `hash:${RANDOM}`, 'field:5', VALUE] },
    { title: 'HGET', words: ['HGET', `hash:${RANDOM}`, 'field:5'] },
    { title: 'INCR', words: ['INCR', `number:${RANDOM}`] },
    { title: 'SADD', words: ['SADD', 'set', `member:${RANDOM}`] },
    { title: 'ZADD', words: ['ZADD', 'sorted', RANDOM, `member:${RANDOM}`] },
    { title: 'ZRANGE of ten by rank', words: ['ZRANGE', 'sorted', String(middle), String(middle + 9)] },
    {
      title: 'ZRANGE of ten by score',
      words: ['ZRANGE', 'sorted', RANDOM, '+inf', 'BYSCORE', 'LIMIT', '0', '10'],
    },
  ];
}

/** Operations a second of each command, with a node and a Redis in turn. */
export async function measurePaces(stage: Stage): Promise<Measured[]> {
  const keys = stage.size(50_000, 2000);
  stage.note(
    `pace: redis-benchmark, ${CONNECTIONS} connections; ${keys} hashes of ten fields of 20 bytes, one set and one sorted ` +
      `set of ${keys} members; P: its pipeline; durable is held against appendonly yes with appendfsync everysec, memory ` +
      'only against no persistence',
  );
  const figures: Measured[] = [];
  for (const mode of MODES) figures.push(...(await measureMode(stage, mode, keys)));
  return figures;
}

// ---

async function measureMode(stage: Stage, mode: (typeof MODES)[number], keys: number): Promise<Measured[]> {
  const node = await stage.startNode(mode.memoryOnly ? 'memory' : 'durable', { memoryOnly: mode.memoryOnly });
  const redis = await stage.startRedis(mode.redisFlags);
  const ports = [portOf(node.address), ...(redis === null ? [] : [redis.port])];
  stage.progress(`${mode.name}: loading`);
  for (const port of ports) await load(port, keys);
  await redis?.untilQuiet();
  const figures: Measured[] = [];
  for (const { pipeline, requests, ratioMin } of PIPELINES) {
    for (const { title, words } of commandsOf(keys)) {
      const figure = `${title} P=${pipeline}, ${mode.name}`;
      const pace = { requests: stage.size(requests, requests / 25), keys, pipeline };
      figures.push(
        stage.measured({ ...(await measureCommand(stage, figure, ports, pace, words)), target: atLeast(ratioMin) }),
      );
    }
  }
  // The next mode has the machine to itself.
  await Promise.all([node.kill(), redis?.kill()]);
  return figures;
}

async function measureCommand(
  stage: Stage,
  figure: string,
  ports: readonly number[],
  pace: Omit<Pace, 'port'>,
  words: readonly string[],
): Promise<Measured> {
  for (const port of ports) await runCommand({ ...pace, port, requests: pace.requests / 5 }, words);
  const [mneme = [], redis] = await inTurn(
    stage.runs,
    ports.map((port) => async () => (await runCommand({ ...pace, port }, words)).opsPerSecond),
  );
  return {
    figure,
    unit: 'ops/s',
    of: { name: 'mneme', values: mneme },
    against: redis === undefined ? undefined : { name: 'redis', values: redis },
  };
}

async function load(port: number, keys: number): Promise<void> {
  await fillHashes(port, keys);
  const digits = (i: number) => String(i).padStart(12, '0');
  await withPipeline(port, async (pipeline) => {
    await pipeline.run(keys, (i) => encode('SADD', 'set', `member:${digits(i)}`));
    await pipeline.run(keys, (i) => encode('INCR', `number:${digits(i)}`));
    await pipeline.run(keys, (i) => encode('ZADD', 'sorted', String(i), `member:${digits(i)}`));
  });
}
