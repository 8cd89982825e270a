import type { AdminClient, Asked } from '../../admin/client/client.js';
import type { IncidentView, PlanChangesView, PlanReply, ResolveReply } from '../../admin/protocol/api.js';
import { withExecutor } from './executor.js';
import { carriedOut, expectUnchanged, type PicksOutcome } from './picks.js';
import { type MadePlan, makePlan, requestOf } from './plan.js';
import { decideConflicts } from './policy-decisions.js';
import type { RowsWanted } from './rows-wanted.js';
import type { ModuleStrategy, PicksStrategy, Strategy } from './strategy.js';

export interface Resolution {
  dryRun: boolean;
  /** The plan as it was shown. */
  plan: PlanReply;
  /** null on a dry run. */
  incident: IncidentView | null;
  /** How what was carried out differs from what was shown; null: nothing was carried out. */
  changes: PlanChangesView | null;
  /** What became of an operator's picks; null: there were none. */
  picks: PicksOutcome | null;
}

export interface Approval {
  /** Shown the plan; resolves to whether to go on, or throws what stops it. */
  plan(plan: PlanReply, picks: PicksOutcome | null): Promise<boolean>;
  /** Somebody can be asked once more if a decision that was shown would come out differently. */
  asksAgain: boolean;
  /** Shown what would come out differently; throws what stops it. */
  changes(changes: PlanChangesView): Promise<void>;
}

/**
 * End a split-brain: plan, let the plan be approved, carry out what was approved. Clients go on writing meanwhile: keys that were
 * written since are decided by the same strategy and reported with the result, so that there is an end to it.
 */
export async function splitBrainResolve(
  node: Asked,
  strategy: Strategy,
  rows: RowsWanted,
  approval: Approval,
): Promise<Resolution> {
  return withExecutor(node, strategy, async (executor) => {
    const made = await makePlan(executor, strategy, rows);
    const { plan, picks } = made;
    if (!(await approval.plan(plan, picks))) return { dryRun: true, plan, incident: null, changes: null, picks };
    const { incident, changes } = await new Execution(executor, strategy, made).run(approval);
    const outcome = picks === null || changes === null ? picks : carriedOut(picks, changes.missed, changes.missedKeys);
    return { dryRun: false, plan, incident, changes, picks: outcome };
  });
}

/**
 * The same of a plan that was shown before.
 * @param approveChanges shown what would come out differently; throws what stops it
 * @throws OperatorError `unknown-plan` where its node no longer has it
 */
export async function splitBrainCarryOut(
  node: Asked,
  strategy: Exclude<Strategy, ModuleStrategy>,
  digest: string,
  approveChanges: Approval['changes'],
): Promise<Pick<Resolution, 'plan' | 'incident' | 'changes'>> {
  return withExecutor(node, strategy, async (executor) => {
    const plan = await executor.call('PLAN', { plan: digest, limit: 1, offset: 0 });
    const made = { plan, strategy: requestOf(strategy), picks: null };
    const approval = { plan: async () => true, asksAgain: true, changes: approveChanges };
    const { incident, changes } = await new Execution(executor, strategy, made).run(approval);
    return { plan, incident, changes };
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
    const policy = moduleOf(strategy);
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

  private async resolve(plan: string, ask: boolean): Promise<ResolveReply> {
    const { incident } = this.made.plan;
    const picked = isPicks(this.strategy) ? this.strategy : null;
    const reply = await this.executor.call('RESOLVE', {
      strategy: this.strategyWith(plan),
      ...(incident === null ? {} : { incident }),
      plan,
      ...(ask ? { ask } : {}),
      asked: this.executor.asker,
      ...(picked?.exceptChanged === false ? { exact: true } : {}),
    });
    // Between the plan that was shown and the resolution's fence clients wrote on.
    if (picked !== null && reply.askAbout !== null && reply.changes !== null)
      expectUnchanged(picked, { count: reply.changes.missed, keys: reply.changes.missedKeys });
    return reply;
  }

  /** What was decided goes with the plan. */
  private strategyWith(plan: string): MadePlan['strategy'] {
    const { strategy } = this.made;
    return strategy.kind === 'merge' && strategy.policy === 'custom' ? { ...strategy, decisions: plan } : strategy;
  }
}

function isPicks(strategy: Strategy): strategy is PicksStrategy {
  return strategy.kind === 'merge' && strategy.policy === 'picks';
}

/** The operator's own policy, which decides what nothing else does. */
function moduleOf(strategy: Strategy): ModuleStrategy | null {
  if (strategy.kind === 'promote') return null;
  const policy = strategy.policy === 'picks' ? strategy.otherwise : strategy;
  return policy.policy === 'module' ? policy : null;
}
