import { ask, haveEqualDigests, type Member, startMembers, untilInSync, untilSameAndDurable } from '../cluster.js';
import { atMost, type Measured, under } from '../figures.js';
import { fill } from '../pipeline.js';
import { portOf, timed, until } from '../probes.js';
import type { Scenario } from '../scenario.js';
import { changedKeys, deleteKeys, expectEqual, writeKeys } from '../side-changes.js';
import type { Stage } from '../stage.js';

/** Short, so that a cut is soon noticed; then long, so that no busy machine makes a cut of its own. Milliseconds. */
const TIMEOUTS = { cut: 500, otherwise: 10_000 } as const;
const FLAGS = ['--on-heal', 'manual', '--failure-timeout', `${TIMEOUTS.cut}ms`, '--allow-drills'];
const BASE_RATIO_MAX = 1.5;
const RESOLVED_MAX_MS = 500;
const MERGE = { kind: 'merge', policy: 'lww' } as const;

/** Two nodes over a base of entries. */
interface Pair {
  readonly base: number;
  readonly members: readonly Member[];
}

/** Milliseconds from one moment, for one gap or split. */
interface Times {
  readonly catchUp?: number;
  readonly plan?: number;
  /** Resolved, on the disks of both, every changed key read on both and found equal. */
  readonly resolved?: number;
  /** And the digests of all entries compared too, which both nodes keep up to date. */
  readonly digests?: number;
}

/** Results by what was done, then by base, one a run. */
type Results = Map<string, Map<number, Times[]>>;

export const divergence: Scenario = {
  number: 5,
  name: 'divergence',
  title: 'catch-up, plan and merge follow what differs, not the base',
  runs: 3,
  async measure(stage) {
    const bases = stage.quick ? [2000, 10_000] : [10_000, 100_000, 1_000_000];
    const changes = stage.quick ? [200, 1000] : [1000, 10_000, 100_000];
    const missed = stage.size(10_000, 1000);
    noteMethod(stage);
    const pairs: Pair[] = [];
    for (const base of bases) pairs.push(await startPair(stage, base));
    for (const pair of pairs) await warmUp(stage, pair, missed);
    const results: Results = new Map();
    for (let run = 0; run < stage.runs; run++) {
      for (const pair of pairs) {
        stage.progress(`run ${run + 1}: ${missed} missed writes over ${pair.base}`);
        note(results, `catch-up of ${missed} missed writes`, pair, await catchUp(pair, missed, run));
      }
      for (const count of changes) {
        for (const pair of pairs) {
          stage.progress(`run ${run + 1}: a split of ${count} changes a side over ${pair.base}`);
          note(results, `split of ${count} a side`, pair, await splitAndMerge(pair, count, run));
        }
      }
    }
    return figuresOf(results, bases);
  },
};

// ---

function noteMethod(stage: Stage): void {
  stage.note('two durable nodes for each base; half of the keys that a side changes are changed by the other side too');
  stage.note(
    'catch-up: from the heal of the link; plan, merge: from the command; from the last changes on nothing is written',
  );
  stage.note(
    'merged: both have the same vectors on their disks, and every changed key was read on both and found equal',
  );
  stage.note('with digests: the digests of all entries of both nodes were compared too');
  stage.leaveOut('KeyDB and unsplit', 'not installed');
}

async function startPair(stage: Stage, base: number): Promise<Pair> {
  stage.progress(`loading ${base} entries`);
  const members = await startMembers(stage, [`a${base}`, `b${base}`], FLAGS);
  await setTimeoutOf(members, TIMEOUTS.otherwise);
  await fill(portOf(members[0]!.node.address), base);
  await untilInSync(members);
  return { base, members };
}

/** A young process runs slower, and one that has loaded little is younger: not measured. */
async function warmUp(stage: Stage, pair: Pair, count: number): Promise<void> {
  stage.progress(`warming up over ${pair.base}`);
  await catchUp(pair, count, -1);
  await splitAndMerge(pair, count, -1);
}

async function catchUp({ base, members }: Pair, count: number, run: number): Promise<Times> {
  const keys = changedKeys(base, count, 0, count);
  await cut(members);
  await writeKeys(portOf(members[0]!.node.address), keys, `missed${run}`);
  const tookMs = await timed(async () => {
    await ask(members, 'DRILL', { heal: true });
    await untilSameAndDurable(members);
    await expectEqual(portsOf(members), keys);
  });
  await tidy({ base, members }, keys);
  return { catchUp: tookMs };
}

async function splitAndMerge({ base, members }: Pair, count: number, run: number): Promise<Times> {
  const total = count + count / 2;
  const sides = [changedKeys(base, total, 0, count), changedKeys(base, total, count / 2, total)];
  const keys = changedKeys(base, total, 0, total);
  await cut(members);
  for (const [side, port] of portsOf(members).entries()) await writeKeys(port, sides[side]!, `side${side}-${run}`);
  await ask(members, 'DRILL', { heal: true });
  await untilSplitIsFound(members);
  const [{ admin }] = members as [Member];
  const plan = await timed(() => admin.call('PLAN', { strategy: MERGE, limit: 20, offset: 0 }));
  const startedMs = performance.now();
  await admin.call('RESOLVE', { strategy: MERGE });
  await untilSameAndDurable(members);
  await expectEqual(portsOf(members), keys);
  const resolved = performance.now() - startedMs;
  if (!(await haveEqualDigests(members))) throw new Error('the replicas differ after the merge');
  const digests = performance.now() - startedMs;
  await tidy({ base, members }, keys);
  return { plan, resolved, digests };
}

/** Both count each other as down. */
async function cut(members: readonly Member[]): Promise<void> {
  const [a, b] = members as [Member, Member];
  await setTimeoutOf(members, TIMEOUTS.cut);
  await Promise.all([a.admin.call('DRILL', { cut: [b.node.name] }), b.admin.call('DRILL', { cut: [a.node.name] })]);
  await until('both sides see the cut', async () => {
    const replies = await ask(members, 'STATUS', {});
    return replies.every((status) => status.members.some((one) => one.link === 'down'));
  });
  await setTimeoutOf(members, TIMEOUTS.otherwise);
}

/** On each by itself: they may be cut apart. */
async function setTimeoutOf(members: readonly Member[], timeoutMs: number): Promise<void> {
  await ask(members, 'SET', { key: 'failure-timeout', value: String(timeoutMs) });
}

async function untilSplitIsFound(members: readonly Member[]): Promise<void> {
  await until('the split-brain is found', async () => {
    const replies = await ask(members, 'STATUS', {});
    return replies.every(
      (status) => status.incidents.length === 1 && status.members.some((one) => one.link === 'held'),
    );
  });
}

/** The base is as large for the next one as it was for this one; what deletes leave is collected in the background. */
async function tidy({ base, members }: Pair, keys: readonly number[]): Promise<void> {
  const added = keys.filter((index) => index >= base);
  await deleteKeys(portOf(members[0]!.node.address), added);
  await untilInSync(members);
  const isClean = async (): Promise<boolean> =>
    (await ask(members, 'STATUS', {})).every((status) => status.self.tombstones === 0);
  await until('tombstones are collected', isClean, { timeoutMs: 120_000, pollMs: 50 });
}

function portsOf(members: readonly Member[]): number[] {
  return members.map(({ node }) => portOf(node.address));
}

function note(results: Results, what: string, { base }: Pair, times: Times): void {
  const byBase = results.get(what) ?? new Map<number, Times[]>();
  results.set(what, byBase);
  byBase.set(base, [...(byBase.get(base) ?? []), times]);
}

function figuresOf(results: Results, bases: readonly number[]): Measured[] {
  const figures: Measured[] = [];
  for (const [what, byBase] of results) {
    for (const [field, name] of FIELDS) {
      const values = bases.map((base) => byBase.get(base)!.map((times) => times[field]));
      if (values.flat().includes(undefined)) continue;
      figures.push(...overBases(`${what}${name}`, bases, values as number[][]));
    }
  }
  return figures;
}

const FIELDS: readonly [keyof Times, string][] = [
  ['catchUp', ''],
  ['plan', ': plan'],
  ['resolved', ': merged'],
  ['digests', ': merged, with digests'],
];

/** One figure a base; all but the smallest are held against the smallest. */
function overBases(figure: string, bases: readonly number[], values: number[][]): Measured[] {
  const series = (index: number) => ({ name: `base ${bases[index]}`, values: values[index]! });
  const last = bases.length - 1;
  const figures: Measured[] = bases.slice(0, last).map((_, index) => ({ figure, unit: 'ms', of: series(index) }));
  figures.push({ figure, unit: 'ms', of: series(last), against: series(0), target: atMost(BASE_RATIO_MAX) });
  const isJudged = figure.startsWith('split of 10000 a side: merged') && bases[last] === 1_000_000;
  if (isJudged)
    figures.push({ figure: `${figure}, in all`, unit: 'ms', of: series(last), target: under(RESOLVED_MAX_MS) });
  return figures;
}
