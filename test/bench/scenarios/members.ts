import { setTimeout as sleep } from 'node:timers/promises';
import { ask, type Member, startMembers } from '../cluster.js';
import { atMost, type Measured, type Unit } from '../figures.js';
import { withPipeline } from '../pipeline.js';
import { cpuMicros, keyCount, portOf, until } from '../probes.js';
import { inTurn, type Scenario } from '../scenario.js';
import type { Stage } from '../stage.js';
import { encodeSet, keyText, valueText } from '../workload.js';

const SIZES = [3, 9, 15, 25] as const;
/** The size for which there is a target. */
const JUDGED = 15;
const RATIO_MAX = 1.3;

interface Cost {
  /** Of a member, in percent of a core. */
  readonly idle: number;
  /** A write and member. */
  readonly cpuMicros: number;
  readonly wireBytes: number;
}

export const members: Scenario = {
  number: 13,
  name: 'members',
  title: 'what a write costs each member as the cluster grows',
  runs: 3,
  async measure(stage) {
    if (cpuMicros(process.pid) === 0) {
      stage.leaveOut('everything', 'there is no /proc here');
      return [];
    }
    const sizes = stage.quick ? SIZES.slice(0, 2) : SIZES;
    const writes = stage.size(100_000, 5000);
    stage.note(
      `memory only, on loopback; ${writes} SETs of 100 bytes on one member, pipelined, until all members have all`,
    );
    stage.note(
      'CPU: user and system of all members, over writes and members; before that as many are written to warm up',
    );
    stage.note('idle: CPU of a member of which nobody wants anything, in percent of a core');
    const costs = await inTurn(
      stage.runs,
      sizes.map((size) => (run) => costOf(stage, size, writes, run)),
    );
    return [
      ...figures('CPU a write and member', 'µs', sizes, costs, 'cpuMicros', true),
      ...figures('on the wire a write and member', 'bytes', sizes, costs, 'wireBytes'),
      ...figures('idle CPU of a member', 'percent', sizes, costs, 'idle'),
    ];
  },
};

// ---

function figures(
  what: string,
  unit: Unit,
  sizes: readonly number[],
  costs: readonly (readonly Cost[])[],
  field: keyof Cost,
  isJudged = false,
): Measured[] {
  const series = sizes.map((size, i) => ({ name: `${size} members`, values: costs[i]!.map((cost) => cost[field]) }));
  return series.map((of, i) => ({
    figure: what,
    unit,
    of,
    against: i === 0 ? undefined : series[0],
    target: isJudged && sizes[i] === JUDGED ? atMost(RATIO_MAX) : undefined,
  }));
}

/** A cluster of its own: what is left of the one before would be in the figures. */
async function costOf(stage: Stage, size: number, writes: number, run: number): Promise<Cost> {
  stage.progress(`${size} members, run ${run + 1}`);
  const names = Array.from({ length: size }, (_, i) => `n${i + 1}`);
  const cluster = await startMembers(stage, names as [string, ...string[]], [], { memoryOnly: true });
  await write(cluster, 0, writes);
  await sleep(stage.size(3000, 500));
  const idleMs = stage.size(5000, 1000);
  const idle = await cpuWhile(cluster, () => sleep(idleMs));
  const before = await wireBytes(cluster);
  const busy = await cpuWhile(cluster, () => write(cluster, writes, writes));
  const after = await wireBytes(cluster);
  for (const { node, admin } of cluster) {
    admin.close();
    await node.kill();
  }
  return {
    idle: idle / idleMs / 10 / size,
    cpuMicros: busy / writes / size,
    wireBytes: (after - before) / writes / size,
  };
}

/** New keys, on the first member, until all have them. */
async function write([first, ...others]: readonly Member[], from: number, count: number): Promise<void> {
  await withPipeline(portOf(first!.node.address), (pipeline) =>
    pipeline.run(count, (i) => encodeSet(keyText(from + i), valueText(from + i))),
  );
  for (const { node } of others) {
    const hasAll = async (): Promise<boolean> => (await keyCount(portOf(node.address))) === from + count;
    await until(`${node.name} has all`, hasAll, { pollMs: 50 });
  }
}

/** Microseconds of CPU time that all members take meanwhile. */
async function cpuWhile(cluster: readonly Member[], meanwhile: () => Promise<unknown>): Promise<number> {
  const taken = (): number => cluster.reduce((sum, { node }) => sum + cpuMicros(node.pid), 0);
  const before = taken();
  await meanwhile();
  return taken() - before;
}

/** What all members have sent to each other so far. */
async function wireBytes(cluster: readonly Member[]): Promise<number> {
  const replies = await ask(cluster, 'REPLICA', {});
  return replies.flatMap(({ links }) => links).reduce((sum, { bytesSent }) => sum + bytesSent, 0);
}
