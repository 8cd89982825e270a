import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import type { AdminClient } from '../admin/client/client.js';
import type { PlanReply } from '../admin/protocol/api.js';
import { OperatorError } from '../core/model/errors.js';
import { quoteWord } from '../hints/advice.js';
import { expectDecided } from '../operations/split-brain/picks.js';
import { type PickOf, type SavedKeys, savePlan } from '../operations/split-brain/plan-save.js';
import { type OpenPlan, openPlan } from '../operations/split-brain/plan-text.js';
import { checkedPicks } from '../operations/split-brain/saved-picks.js';
import {
  builtInPolicy,
  type KnownStrategy,
  type ModuleStrategy,
  type PicksStrategy,
  policyText,
  type Strategy,
} from '../operations/split-brain/strategy.js';
import { writeOutput } from './output-file.js';
import { strategyOf } from './policy-module.js';
import { inputOf, stdoutSink } from './streams.js';
import { SaidNo, type Terminal } from './terminal.js';

/** The strategy that a saved plan says. Its keys are read while they are told to the node. */
export async function savedStrategy(
  file: string,
  flags: { policy?: string | undefined; 'except-changed': boolean },
): Promise<PicksStrategy & { readonly opened: OpenPlan }> {
  const name = file === '-' ? 'standard input' : basename(file);
  const opened = await openPlan(name, inputOf(file));
  const { header } = opened;
  const otherwise = await policyOf(name, header.policy, flags.policy);
  const { cluster, incident } = header;
  return {
    kind: 'merge',
    policy: 'picks',
    name,
    otherwise,
    cluster,
    incident,
    opened,
    async *picksOn(executor, plan) {
      const undecided = { count: 0, keys: [] };
      yield* checkedPicks(executor, plan, opened, undecided);
      expectDecided(name, undecided, deskCommand(file));
    },
    exceptChanged: flags['except-changed'],
  };
}

/** What goes on at the desk with a saved plan. */
export function deskCommand(file: string): string {
  return file === '-'
    ? 'save it as a file, and go on with that: mneme split-brain resolve --plan FILE'
    : `mneme split-brain resolve --plan ${quoteWord(file)}`;
}

/** Save a plan that a node has made. @param file `-`: to standard output */
export async function keepPlan(
  file: string,
  executor: AdminClient,
  plan: PlanReply,
  strategy: Strategy,
  pickOf?: PickOf,
): Promise<SavedKeys> {
  if (strategy.kind === 'promote')
    throw new OperatorError('usage', 'a promotion decides nothing key by key', 'save --policy prefer:NODE instead');
  const policy = policyText(strategy.policy === 'picks' ? strategy.otherwise : strategy);
  if (file === '-') return savePlan(executor, plan, policy, stdoutSink, pickOf);
  return writeOutput(file, (sink) => savePlan(executor, plan, policy, sink, pickOf));
}

/**
 * A file that is there may hold picks that somebody has made, or be something else altogether.
 * @throws OperatorError `refused` where nobody can be asked
 */
export async function mayWriteOver(file: string, force: boolean, terminal: Terminal): Promise<void> {
  const stats = file === '-' || force ? null : await stat(file).catch(() => null);
  // What is no regular file keeps nothing.
  if (stats?.isFile() !== true) return;
  const what = `${file} is there already`;
  if (!terminal.interactive)
    throw new OperatorError('refused', `${what}; nothing was written`, 'add --force to write over it, or name another');
  if (!(await terminal.confirm(`${what}. Write over it?`))) throw new SaidNo();
}

/** A module is a program: it is run only if the operator names it, and not because a file does that came from elsewhere. */
async function policyOf(
  name: string,
  policy: string,
  flag: string | undefined,
): Promise<KnownStrategy | ModuleStrategy> {
  const module = /^module (.+)$/.exec(policy)?.[1];
  if (module === undefined) {
    const known = builtInPolicy(policy);
    if (known === null) throw new OperatorError('bad-line', `${name}: "${policy}" is no policy`);
    if (flag === undefined || flag === policy) return known;
    throw new OperatorError(
      'usage',
      `${name} has a policy of its own, ${policy}`,
      'leave --policy out, or change the line in the file',
    );
  }
  const named = flag === undefined ? null : await strategyOf({ policy: flag });
  if (named?.kind === 'merge' && named.policy === 'module' && named.name === module) return named;
  throw new OperatorError('usage', `the policy of ${name} is the module ${module}`, `add --policy PATH/${module}`);
}
