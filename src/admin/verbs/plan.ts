import { type Bytes, bytesToId } from '../../core/bytes.js';
import type { Plan, PlanItem } from '../../core/plan.js';
import type { Records } from '../../core/records.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, ConflictView, PlanReply } from '../api.js';
import { base64, countsInOrder, entryFacts, islandOrder, keyOf, namesOf, strategyText } from '../facts.js';
import { readStrategy } from '../strategy.js';

export async function plan(node: Node, request: AdminApi['PLAN']['request']): Promise<PlanReply> {
  const { records, self } = node.core.context;
  const { strategy, decisions } = readStrategy(request.strategy, node);
  const made = await new Promise<Plan>((resolve, reject) => node.core.plan(strategy, decisions, { resolve, reject }));
  const incident = records.openIncidents()[0];
  const { limit, offset } = request;
  const order = islandOrder(made.islands, records);
  const items = request.prefixBase64 === undefined ? made.items : withPrefix(made.items, request.prefixBase64);
  return {
    incident: incident?.id ?? null,
    separatedMs: incident?.separatedMs ?? node.core.nowMs,
    islands: order.map((i) => {
      const { replicas } = made.islands[i]!;
      return {
        members: namesOf(replicas, records),
        replicas: [...replicas],
        changedOnlyHere: made.counts.onlyHere[i] ?? 0,
      };
    }),
    strategy: strategyText(strategy, records),
    executor: self.name,
    counts: countsInOrder(made.counts, order),
    conflicts: items.slice(offset, offset + limit).map((item) => conflictView(item, order, records)),
    truncated: items.length > offset + limit,
    skewMs: made.skewMs,
  };
}

function conflictView(item: PlanItem, order: readonly number[], records: Records): ConflictView {
  const versions = order.map((i) => item.versions[i]);
  return {
    keyBase64: base64(item.key.subarray(1)),
    database: item.key[0] ?? 0,
    versions: versions.map((version) => (version === undefined ? null : entryFacts(version, records))),
    outcome: order.indexOf(item.outcome),
    reason: item.reason,
    uncertain: item.uncertain,
  };
}

/** In any database. */
function withPrefix(items: readonly PlanItem[], prefixBase64: string): PlanItem[] {
  const prefix = bytesToId(keyOf({ keyBase64: prefixBase64 }).subarray(1));
  return items.filter((item) => bytesToId(clientKey(item.key)).startsWith(prefix));
}

function clientKey(key: Bytes): Bytes {
  return key.subarray(1);
}
