import { idToBytes } from '../../core/model/bytes.js';
import type { Steps } from '../../core/model/steps.js';
import type { OneSidedKey } from '../../core/resolution/one-sided-keys.js';
import {
  isOneSidedKey,
  type PlanRow,
  type PlanSummary,
  planRows,
  planSummary,
  type RowFilter,
  SUMS,
} from '../../core/resolution/plan-rows.js';
import type { ShownItem, ShownPlan } from '../../core/resolution/shown-plan.js';
import { type ConflictView, PLAN_PAGE_MAX, type PlanReply, type PlanSummaryView, type PlanSums } from './api.js';
import { countsInOrder, islandOrder, keyName, membersOf, type Names, strategyText, versionFacts } from './facts.js';
import { groupsView } from './groups-view.js';

/** Beginnings of keys in one summary. */
const GROUPS_MAX = 100;

export interface PlanPage {
  readonly filter: RowFilter;
  readonly offset: number;
  readonly limit: number;
  /** undefined: no summary. */
  readonly groups: number | undefined;
}

/** A page of a plan as it is told, with names in the place of ids and the islands in the order in which they are shown. */
export function* planView(
  shown: ShownPlan,
  { filter, offset, limit, groups }: PlanPage,
  names: Names,
): Steps<Omit<PlanReply, 'incident' | 'separatedMs' | 'executor' | 'absent'>> {
  const { islands, counts, digest, strategy, skewMs } = shown;
  const order = islandOrder(
    islands.map((replicas) => ({ replicas })),
    names,
  );
  const { rows, total } = yield* planRows(shown, filter, offset, Math.min(limit, PLAN_PAGE_MAX));
  const summary = groups === undefined ? null : yield* planSummary(shown, filter, Math.min(groups, GROUPS_MAX));
  return {
    digest,
    islands: order.map((i) => ({
      ...membersOf(islands[i]!, names),
      changedOnlyHere: counts.onlyHere[i] ?? 0,
    })),
    strategy: strategyText(strategy, names),
    counts: countsInOrder(counts, order),
    conflicts: rows.map((row) => rowView(row, order, names)),
    total,
    truncated: offset + rows.length < total,
    summary: summary === null ? null : summaryView(summary, order),
    skewMs,
  };
}

// ---

function sumsOf(sums: readonly number[], order: readonly number[]): PlanSums {
  const { keys, parts, conflicts, uncertain, setAside, bytes, ONLY } = SUMS;
  return {
    keys: sums[keys]!,
    parts: sums[parts]!,
    conflicts: sums[conflicts]!,
    uncertain: sums[uncertain]!,
    setAside: sums[setAside]!,
    bytes: sums[bytes]!,
    onlyHere: order.map((i) => sums[ONLY + i]!),
  };
}

function summaryView(summary: PlanSummary, order: readonly number[]): PlanSummaryView {
  const { groups, kinds, stands, setAsideBytes, wholeKeys } = summary;
  return {
    ...groupsView(groups, (sums) => sumsOf(sums, order)),
    kinds,
    stands: order.map((i) => stands[i]!),
    setAsideBytes: order.map((i) => setAsideBytes[i]!),
    wholeKeys,
  };
}

function rowView(row: PlanRow, order: readonly number[], names: Names): ConflictView {
  return isOneSidedKey(row) ? oneSidedView(row, order, names) : conflictView(row, order, names);
}

function oneSidedView(row: OneSidedKey, order: readonly number[], names: Names): ConflictView {
  const key = idToBytes(row.id);
  const facts = versionFacts(key, row, names);
  return {
    ...keyName(key, names),
    versions: order.map((i) => (i === row.island ? facts : null)),
    outcome: order.indexOf(row.island),
    reason: 'changed on one island only',
    kind: 'one-sided',
    overridden: [],
    uncertain: false,
    lengthOnly: true,
  };
}

function conflictView(item: ShownItem, order: readonly number[], names: Names): ConflictView {
  const key = idToBytes(item.id);
  const versions = order.map((i) => item.versions[i]);
  return {
    ...keyName(key, names),
    versions: versions.map((version) => (version === undefined ? null : versionFacts(key, version, names))),
    outcome: item.manual ? null : order.indexOf(item.outcome),
    reason: item.reason,
    kind: item.kind,
    overridden: item.overridden.map((i) => order.indexOf(i)).sort(),
    uncertain: item.uncertain,
    ...(item.undecided ? { undecided: true } : {}),
    ...(item.follows === true ? { follows: true } : {}),
  };
}
