import { atLeast, atMost, type Measured, type Series } from '../figures.js';
import { fill } from '../pipeline.js';
import { portOf } from '../probes.js';
import { type LoadResult, runLoad } from '../redis-benchmark.js';
import { APPEND_ONLY, NO_PERSISTENCE, type RedisServer, redisBenchmarkVersion } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { CONNECTIONS, VALUE_BYTES } from '../workload.js';

const COMMANDS = ['set', 'get'] as const;
const MODES = [
  { name: 'durable', memoryOnly: false, redisFlags: APPEND_ONLY },
  { name: 'memory only', memoryOnly: true, redisFlags: NO_PERSISTENCE },
] as const;
const PIPELINES = [
  { pipeline: 1, requests: 100_000, ratioMin: 1.0 },
  { pipeline: 16, requests: 500_000, ratioMin: 1.3 },
] as const;
const P99_RATIO_MAX = 1.2;

type Results = Record<string, LoadResult>;

export const frontEnd: Scenario = {
  number: 1,
  name: 'front-end',
  title: 'GET and SET of 100-byte values over 50 connections, against redis-server',
  runs: 5,
  async measure(stage) {
    if (redisBenchmarkVersion() === null) {
      stage.leaveOut('redis-benchmark, the load of this scenario', 'not installed');
      return [];
    }
    stage.note(
      `redis-benchmark, ${CONNECTIONS} connections, ${VALUE_BYTES} bytes, keys drawn by chance; P: its pipeline`,
    );
    stage.note('durable is held against appendonly yes with appendfsync everysec, memory only against no persistence');
    const figures: Measured[] = [];
    for (const mode of MODES) figures.push(...(await measureMode(stage, mode)));
    return figures;
  },
};

// ---

async function measureMode(stage: Stage, mode: (typeof MODES)[number]): Promise<Measured[]> {
  const keys = stage.size(1_000_000, 5000);
  const node = await stage.startNode(mode.memoryOnly ? 'memory' : 'durable', { memoryOnly: mode.memoryOnly });
  const redis = await stage.startRedis(mode.redisFlags);
  const ports = [portOf(node.address), ...(redis === null ? [] : [redis.port])];
  stage.progress(`${mode.name}: loading ${keys} keys`);
  for (const port of ports) await fill(port, keys);
  await redis?.untilQuiet();
  const figures: Measured[] = [];
  for (const { pipeline, requests, ratioMin } of PIPELINES) {
    stage.progress(`${mode.name}: pipeline ${pipeline}`);
    const load = { commands: COMMANDS, requests: stage.size(requests, requests / 25), keys, pipeline };
    for (const port of ports) await runLoad({ ...load, port, requests: load.requests / 5 });
    const results = await inTurn<Results>(
      stage.runs,
      ports.map((port) => () => runLoad({ ...load, port })),
    );
    for (const command of COMMANDS) figures.push(...figuresOf(command, pipeline, mode.name, results, ratioMin));
  }
  await endOf(node, redis);
  return figures;
}

function figuresOf(
  command: (typeof COMMANDS)[number],
  pipeline: number,
  mode: string,
  [mneme = [], redis]: readonly Results[][],
  ratioMin: number,
): Measured[] {
  const what = `${command.toUpperCase()} P=${pipeline}, ${mode}`;
  const series = (name: string, runs: Results[], field: keyof LoadResult): Series => ({
    name,
    values: runs.map((results) => results[command]![field]),
  });
  const against = (field: keyof LoadResult) => (redis === undefined ? undefined : series('redis', redis, field));
  return [
    {
      figure: what,
      unit: 'ops/s',
      of: series('mneme', mneme, 'opsPerSecond'),
      against: against('opsPerSecond'),
      target: atLeast(ratioMin),
    },
    {
      figure: `${what}: p99`,
      unit: 'ms',
      of: series('mneme', mneme, 'p99Ms'),
      against: against('p99Ms'),
      target: atMost(P99_RATIO_MAX),
    },
  ];
}

/** The next mode has the machine to itself. */
async function endOf(node: { kill(): Promise<unknown> }, redis: RedisServer | null): Promise<void> {
  await Promise.all([node.kill(), redis?.kill()]);
}
