import { idToBytes } from '../../core/bytes.js';
import { clientKeyOf, databaseOf } from '../../core/entry.js';
import { OperatorError } from '../../core/errors.js';
import type { KeptPlan } from '../../core/kept-plans.js';
import type { OneSidedKey } from '../../core/one-sided-keys.js';
import { isOneSidedKey, type PlanRow, type PlanSummary, planRows, planSummary, SUMS } from '../../core/plan-rows.js';
import type { Records } from '../../core/records.js';
import type { ShownItem, ShownPlan } from '../../core/shown-plan.js';
import type { Node } from '../../node/node.js';
import {
  type AdminApi,
  type ConflictView,
  PLAN_PAGE_MAX,
  type PlanReply,
  type PlanSummaryView,
  type PlanSums,
} from '../api.js';
import { base64, countsInOrder, inSteps, islandOrder, namesOf, strategyText, versionFacts } from '../facts.js';
import { picksView } from '../picks-view.js';
import { readFilter } from '../row-filter.js';
import { keptPlan, readStrategy } from '../strategy.js';

type Request = AdminApi['PLAN']['request'];

/** Beginnings of keys in one summary. */
const GROUPS_MAX = 100;

export async function plan(node: Node, request: Request): Promise<PlanReply> {
  const { records, self } = node.core.context;
  const kept = request.plan === undefined ? await makePlan(node, request) : keptPlan(request.plan, node);
  const { plan: shown, incident } = kept;
  const order = orderOf(shown, records);
  const filter = readFilter(request, shown.islands, records);
  const { limit = 100, offset = 0, groups } = request;
  const { rows, total } = await inSteps(planRows(shown, filter, offset, Math.min(limit, PLAN_PAGE_MAX)));
  const summary = groups === undefined ? null : await inSteps(planSummary(shown, filter, Math.min(groups, GROUPS_MAX)));
  const picks = hasDecisions(request) ? await inSteps(picksView(kept)) : null;
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
    conflicts: rows.map((row) => rowView(row, order, records)),
    total,
    truncated: offset + rows.length < total,
    summary: summary === null ? null : summaryView(summary, order),
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

function sumsOf(sums: readonly number[], order: readonly number[]): PlanSums {
  const { keys, conflicts, uncertain, setAside, bytes, ONLY } = SUMS;
  return {
    keys: sums[keys]!,
    conflicts: sums[conflicts]!,
    uncertain: sums[uncertain]!,
    setAside: sums[setAside]!,
    bytes: sums[bytes]!,
    onlyHere: order.map((i) => sums[ONLY + i]!),
  };
}

function summaryView({ groups, kinds, stands, setAsideBytes }: PlanSummary, order: readonly number[]): PlanSummaryView {
  const { other, total } = groups;
  return {
    groups: groups.groups.map(({ id, sums }) => {
      const beginning = idToBytes(id);
      const place = { prefixBase64: base64(clientKeyOf(beginning)), database: databaseOf(beginning) };
      return { ...place, ...sumsOf(sums, order) };
    }),
    other: other === null ? null : { groups: other.groups, ...sumsOf(other.sums, order) },
    total: sumsOf(total, order),
    kinds,
    stands: order.map((i) => stands[i]!),
    setAsideBytes: order.map((i) => setAsideBytes[i]!),
  };
}

function rowView(row: PlanRow, order: readonly number[], records: Records): ConflictView {
  return isOneSidedKey(row) ? oneSidedView(row, order, records) : conflictView(row, order, records);
}

function oneSidedView(row: OneSidedKey, order: readonly number[], records: Records): ConflictView {
  const key = idToBytes(row.id);
  const facts = versionFacts(key, row, records);
  return {
    keyBase64: base64(clientKeyOf(key)),
    database: databaseOf(key),
    versions: order.map((i) => (i === row.island ? facts : null)),
    outcome: order.indexOf(row.island),
    reason: 'changed on one island only',
    kind: 'one-sided',
    overridden: [],
    uncertain: false,
    lengthOnly: true,
  };
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
    kind: item.kind,
    overridden: item.overridden.map((i) => order.indexOf(i)).sort(),
    uncertain: item.uncertain,
    ...(item.undecided ? { undecided: true } : {}),
  };
}
