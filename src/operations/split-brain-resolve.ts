import type { IncidentView, PlanReply } from '../admin/api.js';
import { withExecutor } from './executor.js';
import { type PlanOptions, planWith, requestFor } from './split-brain-plan.js';
import type { Strategy } from './strategy.js';

export interface Resolution {
  dryRun: boolean;
  /** The plan as it was shown. */
  plan: PlanReply;
  /** null on a dry run. */
  incident: IncidentView | null;
}

/** Shown the plan; resolves to whether to go on, or throws what stops it. */
export type Approve = (plan: PlanReply) => Promise<boolean>;

/**
 * End a split-brain: plan, let the plan be approved, carry out what was approved. Keys that change between the plan and the
 * resolution are resolved as well; those that a policy module was not asked about go by LWW.
 */
export async function splitBrainResolve(
  address: string,
  strategy: Strategy,
  options: PlanOptions,
  approve: Approve,
): Promise<Resolution> {
  return withExecutor(address, strategy, async (executor) => {
    const request = await requestFor(executor, strategy);
    const plan = await planWith(executor, request, options);
    if (!(await approve(plan))) return { dryRun: true, plan, incident: null };
    const named = plan.incident === null ? {} : { incident: plan.incident };
    const { incident } = await executor.call('RESOLVE', { strategy: request, ...named });
    return { dryRun: false, plan, incident };
  });
}
