import { basename } from 'node:path';
import type { PlanReply } from '../admin/api.js';
import type { AdminClient } from '../admin/client.js';
import { OperatorError } from '../core/errors.js';
import { type PickOf, savePlan } from '../operations/plan-save.js';
import { openPlan } from '../operations/plan-text.js';
import {
  builtInPolicy,
  type KnownStrategy,
  type ModuleStrategy,
  type PicksStrategy,
  policyText,
  type Strategy,
} from '../operations/strategy.js';
import { writeOutput } from './output-file.js';
import { strategyOf } from './policy-module.js';
import { inputOf, stdoutSink } from './streams.js';

/** The strategy that a saved plan says. Its keys are read while they are told to the node. */
export async function savedStrategy(
  file: string,
  flags: { policy?: string | undefined; 'except-changed': boolean },
): Promise<PicksStrategy> {
  const name = file === '-' ? 'standard input' : basename(file);
  const { header, picks } = await openPlan(name, inputOf(file));
  const otherwise = await policyOf(name, header.policy, flags.policy);
  const { cluster, incident } = header;
  return {
    kind: 'merge',
    policy: 'picks',
    name,
    otherwise,
    cluster,
    incident,
    picks,
    exceptChanged: flags['except-changed'],
  };
}

/** Save a plan that a node has made. Gives how many keys it has. @param file `-`: to standard output */
export async function keepPlan(
  file: string,
  executor: AdminClient,
  plan: PlanReply,
  strategy: Strategy,
  pickOf?: PickOf,
): Promise<number> {
  if (strategy.kind === 'promote')
    throw new OperatorError('usage', 'a promotion decides nothing key by key', 'save --policy prefer:NODE instead');
  const policy = policyText(strategy.policy === 'picks' ? strategy.otherwise : strategy);
  if (file === '-') return savePlan(executor, plan, policy, stdoutSink, pickOf);
  return writeOutput(file, (sink) => savePlan(executor, plan, policy, sink, pickOf));
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
