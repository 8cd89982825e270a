import { bytesToId } from '../../../core/model/bytes.js';
import { OperatorError } from '../../../core/model/errors.js';
import { type Decision, decisionOn } from '../../../core/resolution/decisions.js';
import { findItem, type ShownPlan } from '../../../core/resolution/shown-plan.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, DecideReply, KeyName, PickRequest } from '../../protocol/api.js';
import { keyName, keyOf } from '../../protocol/facts.js';
import { keptPlan } from '../strategy.js';

type Request = AdminApi['DECIDE']['request'];
type Wanted = NonNullable<Request['decisions']>[number];

export function decide(node: Node, request: Request): DecideReply {
  const { plan, decisions } = keptPlan(request.plan, node);
  const made = (request.decisions ?? []).map((wanted) => decisionFrom(plan, wanted));
  const missed: KeyName[] = [];
  for (const pick of request.picks ?? []) {
    const decision = decisionOfPick(plan, pick);
    if (decision === null) missed.push(keyName(keyOf(pick)));
    else made.push([bytesToId(keyOf(pick)), decision]);
  }
  for (const [id, decision] of made) decisions.set(id, decision);
  return { decided: decisions.size, missed };
}

// ---

function decisionFrom(plan: ShownPlan, wanted: Wanted): [string, Decision] {
  const key = keyOf(wanted);
  const versions = findItem(plan, key)?.versions ?? [];
  const island = plan.islands.findIndex((replicas) => replicas.includes(wanted.replica));
  const stands = versions[island];
  if (stands === undefined) {
    const message = `Plan ${plan.digest} has no version of ${wanted.replica} for the key ${wanted.keyBase64} (base64).`;
    throw new OperatorError('usage', message);
  }
  const candidates = versions.filter((version) => version !== undefined);
  return [bytesToId(key), { candidates, stands }];
}

/** null: the key is no conflict of the plan. A pick among other versions than the plan's is kept, and counts as missed. */
function decisionOfPick(plan: ShownPlan, pick: PickRequest): Decision | null {
  const item = findItem(plan, keyOf(pick));
  const stands = pick.candidates[pick.stands];
  if (item?.conflict !== true || stands === undefined) return null;
  const changed = item.versions.flatMap((version, i) => (version === undefined ? [] : [i]));
  const island = decisionOn({ candidates: pick.candidates, stands }, item.versions, changed);
  if (island < 0) return { candidates: pick.candidates, stands, picked: true };
  // The plan's own versions, which are kept anyhow.
  const candidates = item.versions.filter((version) => version !== undefined);
  return { candidates, stands: item.versions[island]!, picked: true };
}
