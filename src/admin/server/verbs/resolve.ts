import type { IncidentRecord } from '../../../core/membership/records.js';
import { OperatorError } from '../../../core/model/errors.js';
import { finish } from '../../../core/model/steps.js';
import type { RecordReader } from '../../../core/node-status.js';
import { Confirmation } from '../../../core/resolution/confirmation.js';
import type { OtherOutcome, PlanChanges } from '../../../core/resolution/plan-changes.js';
import type { Strategy } from '../../../core/resolution/strategy.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, OtherOutcomeView, PlanChangesView, ResolveReply } from '../../protocol/api.js';
import { entryFacts, incidentView, keyName, namesOf, versionFacts } from '../../protocol/facts.js';
import { keptPlan, readStrategy } from '../strategy.js';

type Request = AdminApi['RESOLVE']['request'];

export async function resolve(node: Node, request: Request): Promise<ResolveReply> {
  const { records } = node.core.status;
  const { strategy, decisions } = readStrategy(request.strategy, node);
  const confirmation = confirmationOf(node, request, strategy);
  const record = await new Promise<IncidentRecord>((done, reject) => {
    const { incident = null, asked = null } = request;
    node.core.operator.resolve(strategy, decisions, incident, { resolve: done, reject }, confirmation, asked);
    node.schedule();
  });
  const askAbout = confirmation?.askAbout ?? null;
  if (askAbout !== null) node.core.operator.keptPlans.keep({ plan: askAbout, incident: record.id, decisions });
  const changes = confirmation?.changes ?? null;
  return {
    incident: incidentView(record, records),
    changes: changes === null ? null : changesView(changes, records),
    askAbout: askAbout?.digest ?? null,
  };
}

// ---

function confirmationOf(node: Node, { plan, ask, exact }: Request, strategy: Strategy): Confirmation | null {
  if (plan === undefined) return null;
  const { plan: shown } = keptPlan(plan, node);
  if (JSON.stringify(shown.strategy) !== JSON.stringify(strategy))
    throw new OperatorError('usage', `Plan ${plan} is of another strategy than what is to be carried out.`);
  return new Confirmation(shown, ask === true, exact === true);
}

function changesView(changes: PlanChanges, records: RecordReader): PlanChangesView {
  const { changed, changedKeys, otherwise, otherwiseItems, undecided, missed, missedKeys, gone, joined } = changes;
  return {
    changed,
    changedKeys: changedKeys.map((key) => keyName(key, records)),
    otherwise,
    otherwiseKeys: otherwiseItems.map((item) => otherView(item, records)),
    undecided,
    missed,
    missedKeys: missedKeys.map((key) => keyName(key, records)),
    gone: namesOf(gone.flat(), records),
    joined: namesOf(joined, records),
  };
}

function otherView({ key, shown, shownReplicas, now }: OtherOutcome, records: RecordReader): OtherOutcomeView {
  const standing = now?.item.versions[now.item.outcome];
  return {
    ...keyName(key, records),
    shown: shown === undefined ? null : versionFacts(key, shown, records),
    shownMembers: namesOf(shownReplicas, records),
    now: standing === undefined ? null : finish(entryFacts(standing, records)),
    nowMembers: namesOf(now?.replicas ?? [], records),
    reason: now?.item.reason ?? `${namesOf(shownReplicas, records).join(', ')} cannot be reached any more`,
  };
}
