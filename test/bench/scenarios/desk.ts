import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { endingWithUs } from '../children.js';
import { ask, type Member, startMembers, untilInSync } from '../cluster.js';
import { cut, TIMEOUTS, untilSplitBrainIsFound } from '../drills.js';
import { type Measured, under } from '../figures.js';
import { longestPing, portOf, residentBytes, timed } from '../probes.js';
import type { Scenario } from '../scenario.js';
import { changedKeys, writeKeys } from '../side-changes.js';
import type { Stage } from '../stage.js';

const PROGRAM = resolve('bin/run.js');
const FLAGS = ['--on-heal', 'manual', '--failure-timeout', `${TIMEOUTS.otherwise}ms`, '--allow-drills'];
const FIRST_SCREEN_MAX_MS = 2000;
const ONE_SIDED_SHARE = 0.1;

interface Outcome {
  readonly tookMs: number;
  /** The longest answer of the node that makes the plan. */
  readonly longestPauseMs: number;
  readonly grownMiB: number;
}

/** What an operator waits for who wants to see what a merge would do. */
export const desk: Scenario = {
  number: 12,
  name: 'desk',
  title: 'the first screen of a plan, by the number of conflicts',
  runs: 5,
  async measure(stage) {
    stage.note(
      'from the start of mneme split-brain plan to its end; three nodes, a tenth of the keys changed on one side alone',
    );
    stage.note('the node keeps plans for a while: what it has grown by since before the first one');
    const figures: Measured[] = [];
    for (const conflicts of stage.quick ? [200] : [1000, 10_000, 100_000])
      figures.push(...(await measureSize(stage, conflicts)));
    return figures;
  },
};

// ---

async function measureSize(stage: Stage, conflicts: number): Promise<Measured[]> {
  const members = await startMembers(stage, [`a${conflicts}`, `b${conflicts}`, `c${conflicts}`], FLAGS);
  const [a, , c] = members as [Member, Member, Member];
  const oneSided = conflicts * ONE_SIDED_SHARE;
  const total = conflicts + 2 * oneSided;
  await cut(members);
  await writeKeys(portOf(a.node.address), changedKeys(0, total, 0, conflicts + oneSided), 'a');
  await writeKeys(portOf(c.node.address), changedKeys(0, total, oneSided, total), 'c');
  await ask(members, 'DRILL', { heal: true });
  await untilSplitBrainIsFound(a);
  const outcomes: Outcome[] = [];
  const before = residentBytes(a.node.pid);
  for (let run = 0; run < stage.runs; run++) {
    stage.progress(`${conflicts} conflicts, run ${run + 1}`);
    outcomes.push(await firstScreen(a, before));
  }
  await a.admin.call('RESOLVE', { strategy: { kind: 'merge', policy: 'lww' } });
  await untilInSync(members);
  for (const { node } of members) await node.kill();
  return figuresOf(conflicts, outcomes);
}

async function firstScreen({ node }: Member, before: number): Promise<Outcome> {
  let isOver = false;
  const pinging = longestPing(portOf(node.address), () => isOver);
  const tookMs = await timed(() => plan(node.address)).finally(() => {
    isOver = true;
  });
  return { tookMs, longestPauseMs: await pinging, grownMiB: (residentBytes(node.pid) - before) / 2 ** 20 };
}

async function plan(address: string): Promise<void> {
  const args = [PROGRAM, 'split-brain', 'plan', '--node', address];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk;
  });
  await endingWithUs(child, () => once(child, 'close'));
  if (!text.includes(' conflicts: keys that several islands changed'))
    throw new Error(`no plan was shown: ${text.slice(0, 200)}`);
}

function figuresOf(conflicts: number, outcomes: readonly Outcome[]): Measured[] {
  const of = (name: string, unit: Measured['unit'], value: (outcome: Outcome) => number, max?: number): Measured => ({
    figure: `${conflicts} conflicts: ${name}`,
    unit,
    of: { name: 'mneme', values: outcomes.map(value) },
    target: max === undefined ? undefined : under(max),
  });
  return [
    of('first screen', 'ms', ({ tookMs }) => tookMs, FIRST_SCREEN_MAX_MS),
    of('longest pause of the node', 'ms', ({ longestPauseMs }) => longestPauseMs),
    of('the node has grown by', 'MiB', ({ grownMiB }) => Math.max(0.001, grownMiB)),
  ];
}
