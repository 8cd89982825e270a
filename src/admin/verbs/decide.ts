import { bytesToId } from '../../core/bytes.js';
import type { Decision } from '../../core/decisions.js';
import { OperatorError } from '../../core/errors.js';
import { findItem, type ShownPlan } from '../../core/shown-plan.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, DecideReply } from '../api.js';
import { keyOf } from '../facts.js';
import { keptPlan } from '../strategy.js';

type Wanted = AdminApi['DECIDE']['request']['decisions'][number];

export function decide(node: Node, request: AdminApi['DECIDE']['request']): DecideReply {
  const { plan, decisions } = keptPlan(request.plan, node);
  const made = request.decisions.map((wanted) => decisionOn(plan, wanted));
  for (const [id, decision] of made) decisions.set(id, decision);
  return { decided: decisions.size };
}

// ---

function decisionOn(plan: ShownPlan, wanted: Wanted): [string, Decision] {
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
