import { KeyGroups, type TopGroups } from './key-groups.js';
import type { OneSidedKey } from './one-sided-keys.js';
import type { RowKind, ShownItem, ShownPlan } from './shown-plan.js';
import type { Steps } from './steps.js';

/** A millisecond or so. */
const ROWS_PER_STEP = 4096;

/** Which keys of a plan are asked for. All that is given must hold. */
export interface RowFilter {
  /** A key id that the keys begin with, without the database, which is its first character. */
  readonly prefix: string;
  readonly database: number | null;
  /**
   * conflicts: several islands changed them; one-sided: one did; deleted: an island deleted them; uncertain: the versions lie closer than
   * the clocks agree. null: all that is decided, which is conflicts and what is overridden.
   */
  readonly only: 'conflicts' | 'one-sided' | 'deleted' | 'uncertain' | null;
  /** This island changed them. */
  readonly island: number | null;
  /** A policy of the operator's own was not asked about them yet. */
  readonly undecided: boolean;
}

export type PlanRow = ShownItem | OneSidedKey;

export function isOneSidedKey(row: PlanRow): row is OneSidedKey {
  return 'island' in row;
}

/** The asked rows from `offset` on, in the order of their keys, and how many there are in all. */
export function* planRows(
  plan: ShownPlan,
  filter: RowFilter,
  offset: number,
  limit: number,
): Steps<{ rows: PlanRow[]; total: number }> {
  if (isOpen(filter)) return { rows: plan.items.slice(offset, offset + limit), total: plan.items.length };
  const rows: PlanRow[] = [];
  let total = 0;
  let seen = 0;
  for (const place of places(plan, takesOneSided(filter))) {
    if (++seen % ROWS_PER_STEP === 0) yield;
    if (typeof place === 'number' ? !fitsOneSided(plan, place, filter) : !fits(place, filter)) continue;
    if (total >= offset && rows.length < limit) rows.push(typeof place === 'number' ? plan.oneSided.at(place) : place);
    total++;
  }
  return { rows, total };
}

/** What is in a plan, by how the keys begin and by how the versions differ. */
export interface PlanSummary {
  readonly groups: TopGroups;
  readonly kinds: Readonly<Record<RowKind, number>>;
  /** Conflicts by the island whose version stands. */
  readonly stands: readonly number[];
  /** Bytes of the values that are set aside, by island. */
  readonly setAsideBytes: readonly number[];
}

/** The places of the sums of a group. What one island alone changed is from ONLY on, by island. */
export const SUMS = { keys: 0, conflicts: 1, uncertain: 2, setAside: 3, bytes: 4, ONLY: 5 } as const;

/** Of the keys that begin so (see RowFilter); the groups are by what follows. */
export function* planSummary(
  plan: ShownPlan,
  { prefix, database }: Pick<RowFilter, 'prefix' | 'database'>,
  groupsMax: number,
): Steps<PlanSummary> {
  const width = SUMS.ONLY + plan.islands.length;
  const groups = new KeyGroups(width, 1 + prefix.length);
  const kinds = { changed: 0, deleted: 0, touched: 0, alike: 0, 'one-sided': 0 };
  const stands = plan.islands.map(() => 0);
  const setAsideBytes = plan.islands.map(() => 0);
  let seen = 0;
  for (const item of plan.items) {
    if (++seen % ROWS_PER_STEP === 0) yield;
    if (!beginsWith(item.id, prefix, database)) continue;
    groups.add(item.id, amountsOf(item, width));
    kinds[item.kind]++;
    if (item.conflict) stands[item.outcome]!++;
    for (const island of item.overridden) setAsideBytes[island]! += item.versions[island]?.valueBytes ?? 0;
  }
  const { oneSided } = plan;
  for (let at = 0; at < oneSided.length; at++) {
    if (++seen % ROWS_PER_STEP === 0) yield;
    const id = oneSided.idAt(at);
    if (!beginsWith(id, prefix, database)) continue;
    const amounts = new Array<number>(width).fill(0);
    amounts[SUMS.keys] = 1;
    amounts[SUMS.bytes] = oneSided.bytesAt(at);
    amounts[SUMS.ONLY + oneSided.islandAt(at)] = 1;
    groups.add(id, amounts);
    kinds['one-sided']++;
  }
  return { groups: groups.top(groupsMax), kinds, stands, setAsideBytes };
}

// ---------------------------------------------------------------------------------------------------------------------

function amountsOf(item: ShownItem, width: number): number[] {
  const amounts = new Array<number>(width).fill(0);
  amounts[SUMS.keys] = 1;
  amounts[SUMS.conflicts] = item.conflict ? 1 : 0;
  amounts[SUMS.uncertain] = item.uncertain ? 1 : 0;
  amounts[SUMS.setAside] = item.overridden.length;
  amounts[SUMS.bytes] = item.versions.reduce((sum, version) => sum + (version?.valueBytes ?? 0), 0);
  if (!item.conflict) amounts[SUMS.ONLY + islandOf(item)] = 1;
  return amounts;
}

/** The island that alone changed a key. In a promotion the first version is what the promoted node has, changed or not. */
function islandOf({ overridden, versions, outcome }: ShownItem): number {
  const other = versions.findIndex((version, i) => i > 0 && version !== undefined);
  return other > 0 ? other : (overridden[0] ?? outcome);
}

/** Items, and places among the one-sided keys, together in the order of the keys. */
function* places(plan: ShownPlan, withOneSided: boolean): Generator<ShownItem | number> {
  const { items, oneSided } = plan;
  const count = withOneSided ? oneSided.length : 0;
  let at = 0;
  for (const item of items) {
    while (at < count && oneSided.idAt(at) < item.id) yield at++;
    yield item;
  }
  while (at < count) yield at++;
}

function isOpen({ prefix, database, only, island, undecided }: RowFilter): boolean {
  return prefix === '' && database === null && only === null && island === null && !undecided;
}

/** Where it is about what the islands did, and not about what is decided. */
function takesOneSided({ only, island, undecided }: RowFilter): boolean {
  return !undecided && (only === 'one-sided' || only === 'deleted' || (only === null && island !== null));
}

function fits(item: ShownItem, filter: RowFilter): boolean {
  const { only, island } = filter;
  if (!beginsWith(item.id, filter.prefix, filter.database)) return false;
  if (filter.undecided && !item.undecided) return false;
  if (island !== null && !(item.conflict ? item.versions[island] !== undefined : islandOf(item) === island))
    return false;
  if (only === 'conflicts') return item.conflict;
  if (only === 'one-sided') return !item.conflict;
  if (only === 'uncertain') return item.uncertain;
  return only === null || item.versions.some((version) => version?.deleted === true);
}

function fitsOneSided({ oneSided }: ShownPlan, at: number, { prefix, database, only, island }: RowFilter): boolean {
  if (island !== null && oneSided.islandAt(at) !== island) return false;
  if (only === 'deleted' && !oneSided.isDeletedAt(at)) return false;
  return beginsWith(oneSided.idAt(at), prefix, database);
}

function beginsWith(id: string, prefix: string, database: number | null): boolean {
  return id.startsWith(prefix, 1) && (database === null || id.charCodeAt(0) === database);
}
