import type { PlanReply, StrategyRequest } from '../admin/api.js';
import type { AdminClient } from '../admin/client.js';
import { withExecutor } from './executor.js';
import { decide, toPolicyConflict } from './merge-policy.js';
import { LWW, plainRequest, type Strategy } from './strategy.js';

export interface PlanOptions {
  prefix?: Buffer;
  limit: number;
  offset?: number;
}

/** How many conflicts to fetch at a time when all are needed. */
const PAGE_CONFLICTS = 500;

/** What a resolution would do now. Changes nothing. */
export async function splitBrainPlan(address: string, strategy: Strategy, options: PlanOptions): Promise<PlanReply> {
  return withExecutor(address, strategy, async (executor) => {
    return planWith(executor, await requestFor(executor, strategy), options);
  });
}

/** One page of the plan for a request that is complete. */
export async function planWith(
  executor: AdminClient,
  strategy: StrategyRequest,
  { prefix, limit, offset = 0 }: PlanOptions,
): Promise<PlanReply> {
  const filter = prefix === undefined ? {} : { prefixBase64: prefix.toString('base64') };
  return executor.call('PLAN', { strategy, limit, offset, ...filter });
}

/** The request that a node understands. For a policy of the operator's own, all conflicts are decided here. */
export async function requestFor(executor: AdminClient, strategy: Strategy): Promise<StrategyRequest> {
  if (strategy.kind === 'promote' || strategy.policy !== 'module') return plainRequest(strategy);
  const { name, decide: policy } = strategy;
  const decisions: { keyBase64: string; database: number; island: number }[] = [];
  for await (const page of allConflicts(executor)) {
    for (const conflict of page.conflicts) {
      const asked = toPolicyConflict(conflict, page.islands);
      if (asked === null) continue;
      const { keyBase64, database } = conflict;
      decisions.push({ keyBase64, database, island: decide(policy, name, asked) });
    }
  }
  return { kind: 'merge', policy: 'custom', name, decisions };
}

async function* allConflicts(executor: AdminClient): AsyncGenerator<PlanReply> {
  const strategy = plainRequest(LWW as Exclude<Strategy, { policy: 'module' }>);
  for (let offset = 0, more = true; more; offset += PAGE_CONFLICTS) {
    const page = await planWith(executor, strategy, { limit: PAGE_CONFLICTS, offset });
    yield page;
    more = page.truncated && page.conflicts.length > 0;
  }
}
