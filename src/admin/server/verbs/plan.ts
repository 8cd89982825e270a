import { OperatorError } from '../../../core/model/errors.js';
import type { RecordReader } from '../../../core/node-status.js';
import type { KeptPlan } from '../../../core/resolution/kept-plans.js';
import type { ShownPlan } from '../../../core/resolution/shown-plan.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, PlanReply } from '../../protocol/api.js';
import { inSteps, membersOf } from '../../protocol/facts.js';
import { planView } from '../../protocol/plan-view.js';
import { readFilter } from '../../protocol/row-filter.js';
import { picksView } from '../picks-view.js';
import { keptPlan, readStrategy } from '../strategy.js';

type Request = AdminApi['PLAN']['request'];

export async function plan(node: Node, request: Request): Promise<PlanReply> {
  const { records, self } = node.core.status;
  const kept = request.plan === undefined ? await makePlan(node, request) : keptPlan(request.plan, node);
  const { plan: shown, incident } = kept;
  const filter = readFilter(request, shown.islands, records);
  const { limit = 100, offset = 0, groups } = request;
  const view = await inSteps(planView(shown, { filter, offset, limit, groups }, records));
  const picks = hasDecisions(request) ? await inSteps(picksView(kept)) : null;
  return {
    ...view,
    incident,
    separatedMs: (incident === null ? undefined : records.incident(incident)?.separatedMs) ?? node.core.nowMs,
    executor: self.name,
    ...absentOf(shown, records),
    ...(picks === null ? {} : { picks }),
  };
}

// ---

function absentOf({ islands }: ShownPlan, records: RecordReader): Pick<PlanReply, 'absent' | 'absentReplicas'> {
  const members = records.active().map(({ replica }) => replica);
  const absent = members.filter((replica) => !islands.some((island) => island.includes(replica)));
  const { members: names, replicas } = membersOf(absent, records);
  return { absent: names, absentReplicas: replicas };
}

function hasDecisions({ plan, strategy }: Request): boolean {
  const isCustom = plan === undefined && strategy?.kind === 'merge' && strategy.policy === 'custom';
  return isCustom && strategy.decisions !== undefined;
}

async function makePlan(node: Node, request: Request): Promise<KeptPlan> {
  if (request.strategy === undefined) throw new OperatorError('usage', 'MNEME PLAN takes a strategy, or a plan.');
  const { strategy, decisions } = readStrategy(request.strategy, node);
  const made = await new Promise<ShownPlan>((resolve, reject) => {
    node.core.operator.plan(strategy, decisions, { resolve, reject });
    node.schedule();
  });
  return keptPlan(made.digest, node);
}
