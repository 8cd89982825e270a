import { atMost, type Measured, under } from '../figures.js';
import { COMMANDS_UNDER_WAY, fill, withPipeline } from '../pipeline.js';
import { expectKeys, portOf, residentBytes, settledResidentBytes } from '../probes.js';
import { APPEND_ONLY } from '../redis-server.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { WatchedNode } from '../watched-node-process.js';
import { encode, encodeSet, keyText, scattered, valueText } from '../workload.js';

const RATIO_MAX = 1.1;
const PAUSE_MAX_MS = 30;
const STEPS = ['loaded', 'overwritten', 'half deleted'] as const;

/** Bytes an entry after each step, beyond what the empty process takes, and all of it. */
interface Footprint {
  readonly grown: readonly number[];
  readonly whole: readonly number[];
}

interface Process {
  readonly pid: number;
  readonly port: number;
  kill(): Promise<unknown>;
}

export const memory: Scenario = {
  number: 3,
  name: 'memory',
  title: 'resident memory an entry of 100 bytes, and the longest pause while loading',
  runs: 3,
  async measure(stage) {
    return [...(await measureFootprints(stage)), ...(await measurePauses(stage))];
  },
};

// ---

async function measureFootprints(stage: Stage): Promise<Measured[]> {
  if (residentBytes(process.pid) === 0) {
    stage.leaveOut('resident memory', 'there is no /proc here');
    return [];
  }
  const runs = Math.min(stage.runs, 3);
  const entries = stage.size(1_000_000, 20_000);
  stage.note(`${entries} entries; overwritten: each once more, scattered; half deleted: bytes an entry that remains`);
  stage.note('memory is read once it has stood still for a while; redis with appendonly yes');
  const [mneme = [], redis = []] = await inTurn(runs, [
    async () => footprintOf(stage, 'mneme', entries, await startMneme(stage)),
    async () => footprintOf(stage, 'redis', entries, await startRedis(stage)),
  ]);
  const isWithRedis = redis.every((footprint) => footprint !== null);
  return STEPS.flatMap((step, index) =>
    (['grown', 'whole'] as const).map((field): Measured => {
      const values = (footprints: (Footprint | null)[]) => footprints.map((one) => one?.[field][index] ?? 0);
      return {
        figure: `${step}, ${field === 'grown' ? 'beyond the empty process' : 'whole process'}, an entry`,
        unit: 'bytes',
        of: { name: 'mneme', values: values(mneme) },
        against: isWithRedis ? { name: 'redis', values: values(redis) } : undefined,
        target: atMost(RATIO_MAX),
      };
    }),
  );
}

async function startMneme(stage: Stage): Promise<Process> {
  const node = await stage.startNode('memory');
  return { pid: node.pid, port: portOf(node.address), kill: () => node.kill() };
}

async function startRedis(stage: Stage): Promise<Process | null> {
  return stage.startRedis(APPEND_ONLY);
}

async function footprintOf(
  stage: Stage,
  name: string,
  entries: number,
  subject: Process | null,
): Promise<Footprint | null> {
  if (subject === null) return null;
  const { pid, port } = subject;
  const stillMs = stage.size(2000, 300);
  const empty = await settledResidentBytes(pid, stillMs);
  const sizes: number[] = [];
  for (const [index, step] of [load, overwrite, deleteHalf].entries()) {
    stage.progress(`${name}: ${STEPS[index]}`);
    await step(port, entries);
    sizes.push(await settledResidentBytes(pid, stillMs));
  }
  await expectKeys(port, entries / 2);
  await subject.kill();
  const left = [entries, entries, entries / 2];
  return {
    grown: sizes.map((size, step) => (size - empty) / left[step]!),
    whole: sizes.map((size, step) => size / left[step]!),
  };
}

function load(port: number, entries: number): Promise<void> {
  return fill(port, entries);
}

function overwrite(port: number, entries: number): Promise<void> {
  const order = scattered(entries);
  return withPipeline(port, (pipeline) =>
    pipeline.run(entries, (i) => encodeSet(keyText(order(i)), valueText(order(i), 'again'))),
  );
}

function deleteHalf(port: number, entries: number): Promise<void> {
  const order = scattered(entries / 2);
  return withPipeline(port, (pipeline) => pipeline.run(entries / 2, (i) => encode('DEL', keyText(2 * order(i)))));
}

async function measurePauses(stage: Stage): Promise<Measured[]> {
  const entries = stage.size(5_000_000, 50_000);
  const runs = Math.min(stage.runs, 2);
  stage.note(
    `pauses: a durable node in a process that watches its event loop each millisecond and its garbage collector, while ` +
      `${entries} entries come in over one connection, ${COMMANDS_UNDER_WAY} under way, ${runs} runs`,
  );
  const results = [];
  for (let run = 0; run < runs; run++) {
    stage.progress(`loading ${entries} entries, run ${run + 1}`);
    const node = new WatchedNode(stage.directory());
    stage.owns(node);
    const port = portOf(await node.start());
    await fill(port, entries);
    results.push(await node.report());
    await node.kill();
  }
  const of = (figure: string, values: number[], isJudged = false): Measured => ({
    figure,
    unit: 'ms',
    of: { name: 'mneme', values },
    target: isJudged ? under(PAUSE_MAX_MS) : undefined,
  });
  return [
    of(
      'longest pause of the event loop',
      results.map((one) => one.longestMs),
      true,
    ),
    of(
      'pause p99.9',
      results.map((one) => one.p999Ms),
    ),
    of(
      'longest garbage collection',
      results.map((one) => one.longestGcMs),
    ),
  ];
}
