import { bytesToId, idToBytes } from '../../core/bytes.js';
import { clientKeyOf, databaseOf } from '../../core/entry.js';
import { OperatorError } from '../../core/errors.js';
import type { KeptPlan } from '../../core/kept-plans.js';
import type { Records } from '../../core/records.js';
import type { ShownItem, ShownPlan } from '../../core/shown-plan.js';
import type { Node } from '../../node/node.js';
import { type AdminApi, type ConflictView, PLAN_PAGE_MAX, type PlanReply } from '../api.js';
import { base64, countsInOrder, inSlices, islandOrder, namesOf, strategyText, versionFacts } from '../facts.js';
import { picksView } from '../picks-view.js';
import { keptPlan, readStrategy } from '../strategy.js';

type Request = AdminApi['PLAN']['request'];

export async function plan(node: Node, request: Request): Promise<PlanReply> {
  const { records, self } = node.core.context;
  const kept = request.plan === undefined ? await makePlan(node, request) : keptPlan(request.plan, node);
  const { plan: shown, incident } = kept;
  const order = orderOf(shown, records);
  const { items, truncated } = await pageOf(shown, request);
  const picks = hasDecisions(request) ? await picksView(kept) : null;
  return {
    digest: shown.digest,
    incident,
    separatedMs: (incident === null ? undefined : records.incident(incident)?.separatedMs) ?? node.core.nowMs,
    islands: order.map((i) => ({
      members: namesOf(shown.islands[i]!, records),
      replicas: [...shown.islands[i]!],
      changedOnlyHere: shown.counts.onlyHere[i] ?? 0,
    })),
    strategy: strategyText(shown.strategy, records),
    executor: self.name,
    counts: countsInOrder(shown.counts, order),
    conflicts: items.map((item) => conflictView(item, order, records)),
    truncated,
    skewMs: shown.skewMs,
    ...(picks === null ? {} : { picks }),
  };
}

// ---

function hasDecisions({ plan, strategy }: Request): boolean {
  const isCustom = plan === undefined && strategy?.kind === 'merge' && strategy.policy === 'custom';
  return isCustom && strategy.decisions !== undefined;
}

async function makePlan(node: Node, request: Request): Promise<KeptPlan> {
  if (request.strategy === undefined) throw new OperatorError('usage', 'MNEME PLAN takes a strategy, or a plan.');
  const { strategy, decisions } = readStrategy(request.strategy, node);
  const made = await new Promise<ShownPlan>((resolve, reject) => {
    node.core.plan(strategy, decisions, { resolve, reject });
    node.schedule();
  });
  return keptPlan(made.digest, node);
}

function orderOf({ islands }: ShownPlan, records: Records): number[] {
  return islandOrder(
    islands.map((replicas) => ({ replicas })),
    records,
  );
}

/** A key filter is of any database, which is the first byte of a key. */
async function pageOf(
  { items }: ShownPlan,
  { limit = 100, offset = 0, prefixBase64, undecided }: Request,
): Promise<{ items: ShownItem[]; truncated: boolean }> {
  const most = Math.min(limit, PLAN_PAGE_MAX);
  if (prefixBase64 === undefined && undecided !== true)
    return { items: items.slice(offset, offset + most), truncated: items.length > offset + most };
  const prefix = prefixBase64 === undefined ? '' : bytesToId(Buffer.from(prefixBase64, 'base64'));
  const found: ShownItem[] = [];
  let skip = offset;
  await inSlices(items, (item) => {
    if ((undecided === true && !item.undecided) || !item.id.startsWith(prefix, 1)) return true;
    if (skip > 0) skip--;
    else found.push(item);
    return found.length <= most;
  });
  return { items: found.slice(0, most), truncated: found.length > most };
}

function conflictView(item: ShownItem, order: readonly number[], records: Records): ConflictView {
  const key = idToBytes(item.id);
  const versions = order.map((i) => item.versions[i]);
  return {
    keyBase64: base64(clientKeyOf(key)),
    database: databaseOf(key),
    versions: versions.map((version) => (version === undefined ? null : versionFacts(key, version, records))),
    outcome: order.indexOf(item.outcome),
    reason: item.reason,
    uncertain: item.uncertain,
    ...(item.undecided ? { undecided: true } : {}),
  };
}
