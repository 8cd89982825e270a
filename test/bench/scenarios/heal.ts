import { setTimeout as sleep } from 'node:timers/promises';
import { connectClient } from '../../../src/admin/client/client.js';
import { ask, type Member, startMembers, untilInSync } from '../cluster.js';
import { cut, TIMEOUTS, untilSplitBrainIsFound } from '../drills.js';
import { type Measured, under } from '../figures.js';
import { fill, Pipeline } from '../pipeline.js';
import { Pressure, type PressureReport } from '../pressure.js';
import { portOf, until } from '../probes.js';
import type { Scenario } from '../scenario.js';
import { changedKeys, expectEqual, writeKeys } from '../side-changes.js';
import type { Stage } from '../stage.js';
import { encodeSet } from '../workload.js';

const RATES = [0, 2500, 10_000, Number.POSITIVE_INFINITY];
const WAYS = ['on heal: merge', 'by hand: merge', 'by hand: promote'] as const;
const RESOLVED_MAX_MS = 3000;
const LEAD_MAX_MS = 1000;
const PATIENCE = { pollMs: 10, timeoutMs: 120_000 };
const PROBE_KEY = 'heal:probe';

interface Outcome {
  readonly resolvedMs: number;
  /** Every write of before it was resolved is on all nodes, and every changed key was read on all and found equal. */
  readonly equalMs: number;
  readonly leadMs: number;
  readonly before: PressureReport;
  readonly meanwhile: PressureReport;
}

/** The main job: a split-brain is resolved while clients write on all nodes. */
export const heal: Scenario = {
  number: 10,
  name: 'heal',
  title: 'a split-brain is resolved while clients go on writing',
  runs: 1,
  async measure(stage) {
    const sizes = { base: stage.size(1_000_000, 2000), changes: stage.size(10_000, 200) };
    stage.note(
      'three nodes with 12 clients, in all; from the heal of the links; both sides had changed 10,000 keys, half of them the same',
    );
    stage.note(
      'equal: all that was written before it was resolved is on all nodes, and every changed key was read on all and found equal',
    );
    stage.note('the lead of the clock is sampled by writes of a probe');
    const figures: Measured[] = [];
    for (const memoryOnly of [false, true]) {
      const mode = memoryOnly ? 'memory-only' : 'durable';
      const members = await startMembers(stage, [`a-${mode}`, `b-${mode}`, `c-${mode}`], FLAGS, { memoryOnly });
      stage.progress(`loading ${sizes.base} entries, ${mode}`);
      await fill(portOf(members[0]!.node.address), sizes.base);
      await untilInSync(members);
      for (const rate of stage.quick ? [2500] : RATES)
        figures.push(...(await measureRate(stage, members, mode, rate, sizes)));
      for (const { node } of members) await node.kill();
    }
    return figures;
  },
};

const FLAGS = ['--on-heal', 'manual', '--failure-timeout', `${TIMEOUTS.otherwise}ms`, '--allow-drills'];

interface Sizes {
  readonly base: number;
  readonly changes: number;
}

async function measureRate(stage: Stage, members: readonly Member[], mode: string, rate: number, sizes: Sizes) {
  const figures: Measured[] = [];
  for (const way of WAYS) {
    const outcomes: Outcome[] = [];
    for (let run = 0; run < stage.runs; run++) {
      stage.progress(`${mode}, ${rateText(rate)}, ${way}, run ${run + 1}`);
      outcomes.push(await splitAndHeal(members, way, rate, sizes, `${rate}-${way}-${run}`));
    }
    figures.push(...figuresOf(`${mode}, ${rateText(rate)}, ${way}`, outcomes, rate));
  }
  return figures;
}

async function splitAndHeal(
  members: readonly Member[],
  way: string,
  rate: number,
  { base, changes }: Sizes,
  mark: string,
): Promise<Outcome> {
  const total = changes + changes / 2;
  const keys = changedKeys(base, total, 0, total);
  const [a, , c] = members as [Member, Member, Member];
  await a.admin.call('SET', { key: 'on-heal', value: way === WAYS[0] ? 'merge' : 'manual' });
  await untilInSync(members);
  const resolvedBefore = await resolvedCount(a);
  await cut(members);
  await writeKeys(portOf(a.node.address), changedKeys(base, total, 0, changes), `a-${mark}`);
  await writeKeys(portOf(c.node.address), changedKeys(base, total, changes / 2, total), `c-${mark}`);
  const pressure = Pressure.start({
    ports: members.map(({ node }) => portOf(node.address)),
    clientsPerPort: 4,
    writesPerSecond: rate,
    keys: 100_000,
    firstKey: base,
  });
  try {
    await sleep(2000);
    const before = await pressure.report();
    const probe = watchLead(a);
    const startedMs = performance.now();
    await ask(members, 'DRILL', { heal: true });
    if (way !== WAYS[0]) await resolveByHand(a, way);
    await until('it is resolved', async () => (await resolvedCount(a)) > resolvedBefore, {
      pollMs: 10,
      timeoutMs: 120_000,
    });
    const resolvedMs = performance.now() - startedMs;
    const targets = (await ask(members, 'REPLICA', {})).map(({ vector }) => vector.seqs);
    await until('all have what was written until then', () => allCover(members, targets), PATIENCE);
    await expectEqual(
      members.map(({ node }) => portOf(node.address)),
      keys,
    );
    const equalMs = performance.now() - startedMs;
    const meanwhile = await pressure.report();
    return { resolvedMs, equalMs, leadMs: await probe(), before, meanwhile };
  } finally {
    await pressure.stop();
    await untilInSync(members);
  }
}

/** As soon as the split-brain is found. */
async function resolveByHand(a: Member, way: string): Promise<void> {
  await untilSplitBrainIsFound(a);
  const strategy =
    way === WAYS[1] ? ({ kind: 'merge', policy: 'lww' } as const) : ({ kind: 'promote', node: a.node.name } as const);
  await a.admin.call('RESOLVE', { strategy });
}

async function resolvedCount(member: Member): Promise<number> {
  const { incidents } = await member.admin.call('INCIDENTS', {});
  return incidents.filter(({ state }) => state === 'resolved').length;
}

/** Writes a key again and again, and looks at its timestamp. Gives what ends it, and tells how far ahead it was at most. */
function watchLead({ node }: Member): () => Promise<number> {
  let isOn = true;
  let leadMs = Number.NEGATIVE_INFINITY;
  const watching = (async () => {
    const pipeline = await Pipeline.connect(portOf(node.address));
    const admin = await connectClient(node.address);
    const keyBase64 = Buffer.from(PROBE_KEY).toString('base64');
    while (isOn) {
      await pipeline.run(1, () => encodeSet(PROBE_KEY, 'x'));
      const writtenBeforeMs = Date.now();
      const { entry } = await admin.call('ENTRY', { database: 0, keyBase64 });
      if (entry !== null) leadMs = Math.max(leadMs, entry.writtenMs - writtenBeforeMs);
      await sleep(20);
    }
    pipeline.close();
    admin.close();
  })();
  return async () => {
    isOn = false;
    await watching;
    return leadMs;
  };
}

async function allCover(members: readonly Member[], targets: readonly Seqs[]): Promise<boolean> {
  const replies = await ask(members, 'REPLICA', {});
  return replies.every(({ vector }) => targets.every((seqs) => covers(vector.seqs, seqs)));
}

type Seqs = Readonly<Record<string, number>>;

function covers(seqs: Seqs, target: Seqs): boolean {
  return Object.entries(target).every(([origin, seq]) => (seqs[origin] ?? 0) >= seq);
}

function rateText(rate: number): string {
  if (rate === 0) return 'no writes';
  return Number.isFinite(rate) ? `${rate} writes/s` : 'as fast as it goes';
}

function figuresOf(figure: string, outcomes: readonly Outcome[], rate: number): Measured[] {
  const of = (name: string, values: number[], unit: Measured['unit'], max?: number): Measured => ({
    figure: `${figure}: ${name}`,
    unit,
    of: { name: 'mneme', values },
    target: max === undefined ? undefined : under(max),
  });
  const figures = [
    of(
      'resolved',
      outcomes.map(({ resolvedMs }) => resolvedMs),
      'ms',
      RESOLVED_MAX_MS,
    ),
    of(
      'equal',
      outcomes.map(({ equalMs }) => equalMs),
      'ms',
      RESOLVED_MAX_MS,
    ),
    of(
      'lead of the clock',
      outcomes.map(({ leadMs }) => Math.max(0.001, leadMs)),
      'ms',
      LEAD_MAX_MS,
    ),
  ];
  if (rate === 0) return figures;
  return [
    ...figures,
    of(
      'writes answered',
      outcomes.map(({ meanwhile }) => meanwhile.writesPerSecond),
      'ops/s',
    ),
    of(
      'p99 of the clients, before',
      outcomes.map(({ before }) => before.p99Ms),
      'ms',
    ),
    of(
      'p99 of the clients, meanwhile',
      outcomes.map(({ meanwhile }) => meanwhile.p99Ms),
      'ms',
    ),
  ];
}
