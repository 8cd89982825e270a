import type { AdminClient, Asked } from '../../admin/client/client.js';
import type { ConflictView, PlanReply, StrategyRequest } from '../../admin/protocol/api.js';
import { OperatorError } from '../../core/model/errors.js';
import { withExecutor } from './executor.js';
import {
  expectSameCluster,
  expectSameIncident,
  expectUnchanged,
  outcomeOf,
  type PicksOutcome,
  tellPicks,
} from './picks.js';
import { decideConflicts } from './policy-decisions.js';
import { splitBrainPreview } from './preview.js';
import { filterRequest, type RowsWanted } from './rows-wanted.js';
import { type ModuleStrategy, type PicksStrategy, plainRequest, policyRequest, type Strategy } from './strategy.js';

/** The number of key beginnings in the summary. */
const GROUPS_SHOWN = 10;

/** A plan, and the request that says its strategy to a node. */
export interface MadePlan {
  plan: PlanReply;
  strategy: StrategyRequest;
  /** null: the strategy has none. */
  picks: PicksOutcome | null;
}

/** What a resolution would do now. Changes nothing. `keep` is called with the plan while its node has it. */
export async function splitBrainPlan(
  node: Asked,
  strategy: Strategy,
  rows: RowsWanted,
  keep: (executor: AdminClient, plan: PlanReply) => Promise<unknown> = async () => undefined,
): Promise<PlanReply> {
  return withExecutor(node, strategy, async (executor) => {
    const { plan } = await makePlan(executor, strategy, rows);
    await keep(executor, plan);
    return plan;
  });
}

/**
 * The same, or while the network is cut a look at what it would be, put together from the islands that answer here.
 * @param addresses the node to ask, and others that may be of other islands.
 */
export async function planOrPreview(
  addresses: readonly string[],
  strategy: Strategy,
  rows: RowsWanted,
  keep: ((executor: AdminClient, plan: PlanReply) => Promise<unknown>) | undefined,
): Promise<PlanReply> {
  try {
    return await splitBrainPlan(addresses[0]!, strategy, rows, keep);
  } catch (error) {
    const isCut = error instanceof OperatorError && error.code === 'no-split-brain' && keep === undefined;
    const preview = isCut ? await splitBrainPreview(addresses, strategy, rows) : null;
    if (preview === null) throw error;
    return preview;
  }
}

/**
 * Have a plan made, once: all that is shown of it is cut from that one. The operator's own policy is asked before about every
 * conflict of a plan without decisions; what is written after that, the plan lists as not decided.
 */
export async function makePlan(executor: AdminClient, strategy: Strategy, rows: RowsWanted): Promise<MadePlan> {
  if (strategy.kind === 'promote') return planOf(executor, strategy, rows);
  if (strategy.policy === 'picks') return pickedPlan(executor, strategy, rows);
  if (strategy.policy !== 'module') return planOf(executor, plainRequest(strategy), rows);
  const custom = { kind: 'merge', policy: 'custom', name: strategy.name } as const;
  const { plan: asked } = await planOf(executor, custom, { limit: 1 });
  await decideConflicts(executor, asked.digest, strategy, false);
  return planOf(executor, { ...custom, decisions: asked.digest }, rows);
}

/** The request for a strategy that asks nobody: of picks, what goes with the plan on which they were told. */
export function requestOf(strategy: Exclude<Strategy, ModuleStrategy>): StrategyRequest {
  return strategy.kind === 'merge' && strategy.policy === 'picks' ? customRequest(strategy) : plainRequest(strategy);
}

// ---

/** The node is told the picks on a plan without any, and makes the plan again with them. */
async function pickedPlan(executor: AdminClient, strategy: PicksStrategy, rows: RowsWanted): Promise<MadePlan> {
  await expectSameCluster(executor, strategy);
  const custom = customRequest(strategy);
  const { plan: without } = await planOf(executor, custom, { limit: 1 });
  expectSameIncident(strategy, without);
  const missed = await tellPicks(executor, without.digest, strategy.picksOn(executor, without));
  const { otherwise } = strategy;
  const made = await planOf(executor, { ...custom, decisions: without.digest }, rows);
  const picks = outcomeOf(missed, made.plan);
  expectUnchanged(strategy, picks.changed);
  if (otherwise.policy !== 'module') return { ...made, picks };
  await decideConflicts(executor, made.plan.digest, otherwise, true);
  const decided = await planOf(executor, { ...custom, decisions: made.plan.digest }, rows);
  return { ...decided, picks };
}

function customRequest({ name, otherwise }: PicksStrategy) {
  const custom = { kind: 'merge', policy: 'custom', name } as const;
  return otherwise.policy === 'module' ? custom : { ...custom, otherwise: policyRequest(otherwise) };
}

async function planOf(executor: AdminClient, strategy: StrategyRequest, wanted: RowsWanted): Promise<MadePlan> {
  const { limit, offset = 0 } = wanted;
  const filter = filterRequest(wanted);
  const plan = await executor.call('PLAN', { strategy, limit, offset, groups: GROUPS_SHOWN, ...filter });
  const conflicts: ConflictView[] = [...plan.conflicts];
  let { truncated } = plan;
  while (truncated && conflicts.length < limit) {
    const more = { limit: limit - conflicts.length, offset: offset + conflicts.length, ...filter };
    const page = await executor.call('PLAN', { plan: plan.digest, ...more });
    conflicts.push(...page.conflicts);
    truncated = page.truncated && page.conflicts.length > 0;
  }
  return { plan: { ...plan, conflicts, truncated }, strategy, picks: null };
}
