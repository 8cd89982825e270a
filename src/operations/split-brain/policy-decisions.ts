import type { AdminClient } from '../../admin/client/client.js';
import type { PlanReply } from '../../admin/protocol/api.js';
import { nameOf } from './key-name.js';
import { decide, expectNoLateFailure, toPolicyConflict } from './merge-policy.js';
import type { ModuleStrategy } from './strategy.js';

/** How many conflicts a policy is asked about before the node is told. */
const PAGE_CONFLICTS = 500;

/**
 * Asks the operator's own policy about the conflicts of a plan, once about each, and tells the node page by page.
 * @param undecided only about those that it has not been asked about yet.
 */
export async function decideConflicts(
  executor: AdminClient,
  plan: string,
  policy: ModuleStrategy,
  undecided: boolean,
): Promise<void> {
  const filter = undecided ? { undecided } : {};
  for (let offset = 0, more = true; more; offset += PAGE_CONFLICTS) {
    const page = await executor.call('PLAN', { plan, limit: PAGE_CONFLICTS, offset, ...filter });
    const decisions = decisionsOn(page, policy);
    if (decisions.length > 0) await executor.call('DECIDE', { plan, decisions });
    expectNoLateFailure(policy);
    more = page.truncated && page.conflicts.length > 0;
  }
}

function decisionsOn(page: PlanReply, policy: ModuleStrategy) {
  return page.conflicts.flatMap((conflict) => {
    const asked = toPolicyConflict(conflict, page.islands);
    if (asked === null) return [];
    // A member stands for its island: places in the list shift when an island drops out.
    const replica = page.islands[decide(policy, asked)]?.replicas[0] ?? '';
    return [{ ...nameOf(conflict), replica }];
  });
}
