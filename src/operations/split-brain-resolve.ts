import type { IncidentView, PlanChangesView, PlanReply, ResolveReply } from '../admin/api.js';
import type { AdminClient } from '../admin/client.js';
import { withExecutor } from './executor.js';
import { decideConflicts } from './policy-decisions.js';
import type { RowsWanted } from './rows-wanted.js';
import { type MadePlan, makePlan } from './split-brain-plan.js';
import type { Strategy } from './strategy.js';

export interface Resolution {
  dryRun: boolean;
  /** The plan as it was shown. */
  plan: PlanReply;
  /** null on a dry run. */
  incident: IncidentView | null;
  /** How what was carried out differs from what was shown; null: nothing was carried out. */
  changes: PlanChangesView | null;
}

export interface Approval {
  /** Shown the plan; resolves to whether to go on, or throws what stops it. */
  plan(plan: PlanReply): Promise<boolean>;
  /** Somebody can be asked once more where a decision that was shown would come out otherwise. */
  asksAgain: boolean;
  /** Shown what would come out otherwise; throws what stops it. */
  changes(changes: PlanChangesView): Promise<void>;
}

/**
 * End a split-brain: plan, let the plan be approved, carry out what was approved. Clients go on writing meanwhile: keys that were
 * written since are decided by the same strategy, and told with the result, so that there is an end to it.
 */
export async function splitBrainResolve(
  address: string,
  strategy: Strategy,
  rows: RowsWanted,
  approval: Approval,
): Promise<Resolution> {
  return withExecutor(address, strategy, async (executor) => {
    const made = await makePlan(executor, strategy, rows);
    const { plan } = made;
    if (!(await approval.plan(plan))) return { dryRun: true, plan, incident: null, changes: null };
    const { incident, changes } = await new Execution(executor, strategy, made).run(approval);
    return { dryRun: false, plan, incident, changes };
  });
}

/** The plan is carried out in one go where nothing stops it, and in three at most: none after the third is asked for. */
class Execution {
  constructor(
    private readonly executor: AdminClient,
    private readonly strategy: Strategy,
    private readonly made: MadePlan,
  ) {}

  async run({ asksAgain, changes: approveChanges }: Approval): Promise<ResolveReply> {
    const { strategy } = this;
    const { digest } = this.made.plan;
    const policy = strategy.kind === 'merge' && strategy.policy === 'module' ? strategy : null;
    let reply = await this.resolve(digest, asksAgain || policy !== null);
    if (reply.askAbout !== null && policy !== null && (reply.changes?.undecided ?? 0) > 0) {
      await decideConflicts(this.executor, reply.askAbout, policy, true);
      reply = await this.resolve(digest, asksAgain);
    }
    if (reply.askAbout === null) return reply;
    if ((reply.changes?.otherwise ?? 0) === 0) return this.resolve(digest, false);
    await approveChanges(reply.changes!);
    return this.resolve(reply.askAbout, false);
  }

  private resolve(plan: string, ask: boolean): Promise<ResolveReply> {
    const { incident } = this.made.plan;
    return this.executor.call('RESOLVE', {
      strategy: this.strategyWith(plan),
      ...(incident === null ? {} : { incident }),
      plan,
      ...(ask ? { ask } : {}),
    });
  }

  /** What was decided goes with the plan. */
  private strategyWith(plan: string): MadePlan['strategy'] {
    const { strategy } = this.made;
    return strategy.kind === 'merge' && strategy.policy === 'custom' ? { ...strategy, decisions: plan } : strategy;
  }
}
