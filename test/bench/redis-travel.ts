import type { Measured, Target } from './figures.js';
import { withPipeline } from './pipeline.js';
import { cpuMicros, keyCount, settledResidentBytes, timed, until } from './probes.js';
import type { RedisServer } from './redis-server.js';
import { inTurn } from './scenario.js';
import type { Stage } from './stage.js';
import { encode, encodeSet, valueText } from './workload.js';

/** Where new keys travel: a Redis, the node that captures them, the node that applies them, its Redis. */
export interface Way {
  readonly from: RedisServer;
  readonly to: RedisServer;
  readonly capturing: number;
  readonly applying: number;
  /** Resolves once both nodes have read and written all. */
  readonly untilQuiet: () => Promise<void>;
}

const WANTED: Target = { of: 'value', is: 'at least', bound: 60_000 };
/** Longer than a node waits before it gives the memory of a burst back. */
const STILL_MS = 33_000;

interface Travelled {
  readonly rate: number;
  /** By process: microseconds for each key. */
  readonly cpu: Readonly<Record<Process, number>>;
  readonly full: Memory;
  readonly deleted: Memory;
}

type Process = 'from' | 'capturing' | 'applying' | 'to';
const PROCESSES: Readonly<Record<Process, string>> = {
  from: "the application's Redis, the SET included",
  capturing: 'the node that captures',
  applying: 'the node that applies',
  to: "the other site's Redis",
};

type Memory = Readonly<Record<'capturing' | 'applying', number>>;

/** Different keys as fast as Redis takes them, until the other site's Redis has them all; then they are deleted. */
export async function measureTravel(stage: Stage, way: Way): Promise<Measured[]> {
  const count = stage.size(300_000, 3000);
  stage.note(`memory: of the whole process, before and after a burst of ${count} new keys, and once they are deleted`);
  const before = await memoryOf(way);
  const [travelled = []] = await inTurn(stage.runs, [
    (run) => {
      stage.progress('new keys, from Redis to Redis');
      return travel(way, count, run);
    },
  ]);
  const cpu = (Object.keys(PROCESSES) as Process[]).map((process) => ({
    figure: `CPU time for a new key: ${PROCESSES[process]}`,
    unit: 'µs' as const,
    of: { name: 'mneme', values: travelled.map((one) => one.cpu[process]) },
  }));
  const memory = (['capturing', 'applying'] as const).flatMap((node) =>
    (['full', 'deleted'] as const).map((when) => ({
      figure: `memory of ${PROCESSES[node]}, ${when === 'full' ? 'with the keys' : 'once they are deleted'}`,
      unit: 'MiB' as const,
      of: { name: 'then', values: travelled.map((one) => one[when][node]) },
      against: { name: 'before', values: travelled.map(() => before[node]) },
    })),
  );
  const rates = travelled.map(({ rate }) => rate);
  const rate = {
    figure: 'new keys, from Redis to Redis',
    unit: 'ops/s' as const,
    of: { name: 'mneme', values: rates },
  };
  return [{ ...rate, target: WANTED }, ...cpu, ...memory];
}

// ---

async function travel(way: Way, count: number, run: number): Promise<Travelled> {
  const { from, to, untilQuiet } = way;
  const there = await keyCount(to.port);
  const key = (i: number): string => `run:${run}:${i}`;
  const before = cpuOf(way);
  const tookMs = await timed(async () => {
    await withPipeline(from.port, (pipeline) => pipeline.run(count, (i) => encodeSet(key(i), valueText(i, 'x'))));
    await untilCount(to, there + count);
  });
  await untilQuiet();
  const after = cpuOf(way);
  const full = await memoryOf(way);
  await withPipeline(from.port, (pipeline) => pipeline.run(count, (i) => encode('DEL', key(i))));
  await untilCount(to, there);
  await untilQuiet();
  const cpu = { from: 0, capturing: 0, applying: 0, to: 0 };
  for (const process of Object.keys(cpu) as Process[]) cpu[process] = (after[process] - before[process]) / count;
  return { rate: (count * 1000) / tookMs, cpu, full, deleted: await memoryOf(way) };
}

function untilCount({ port }: RedisServer, count: number): Promise<void> {
  return until(`the other Redis has ${count} keys`, async () => (await keyCount(port)) === count, {
    timeoutMs: 180_000,
  });
}

function cpuOf({ from, to, capturing, applying }: Way): Record<Process, number> {
  return {
    from: cpuMicros(from.pid),
    capturing: cpuMicros(capturing),
    applying: cpuMicros(applying),
    to: cpuMicros(to.pid),
  };
}

async function memoryOf({ capturing, applying }: Way): Promise<Memory> {
  const bytes = await Promise.all([capturing, applying].map((pid) => settledResidentBytes(pid, STILL_MS)));
  const [first = 0, second = 0] = bytes.map((one) => one / 2 ** 20);
  return { capturing: first, applying: second };
}
