import { KeyGroups, type TopGroups } from '../model/key-groups.js';
import { compareIds, isPartId, wholeIdOf } from '../model/part-ids.js';
import type { Steps } from '../model/steps.js';
import type { OneSidedKey, OneSidedKeys } from './one-sided-keys.js';
import type { ShownItems } from './shown-items.js';
import type { RowKind, ShownItem, ShownPlan } from './shown-plan.js';

/** A millisecond or so. */
const ROWS_PER_STEP = 4096;

/** Which keys of a plan are asked for. Every condition that is set must hold. */
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
  /** The operator's own policy has not been asked about them yet. */
  readonly undecided: boolean;
}

export type PlanRow = ShownItem | OneSidedKey;

export function isOneSidedKey(row: PlanRow): row is OneSidedKey {
  return 'island' in row;
}

/** The rows that were asked for, from `offset` on, in the order of their keys, and how many there are in all. */
export function* planRows(
  plan: ShownPlan,
  filter: RowFilter,
  offset: number,
  limit: number,
): Steps<{ rows: PlanRow[]; total: number }> {
  const { items, oneSided } = plan;
  const rows: PlanRow[] = [];
  if (isOpen(filter)) {
    for (let at = offset; at < Math.min(items.length, offset + limit); at++) rows.push(items.at(at));
    return { rows, total: items.length };
  }
  let total = 0;
  let seen = 0;
  for (const place of places(plan, takesOneSided(filter))) {
    if (++seen % ROWS_PER_STEP === 0) yield;
    const isItem = place >= 0;
    if (!(isItem ? fits(items, place, filter) : fitsOneSided(oneSided, ~place, filter))) continue;
    if (total >= offset && rows.length < limit) rows.push(isItem ? items.at(place) : oneSided.at(~place));
    total++;
  }
  return { rows, total };
}

/** What is in a plan, by how the keys begin and by how the versions differ. What is left to an operator stands nowhere. */
export interface PlanSummary {
  readonly groups: TopGroups;
  readonly kinds: Readonly<Record<RowKind, number>>;
  /** Conflicts by the island whose version stands. */
  readonly stands: readonly number[];
  /** Bytes of the values that are set aside, by island. */
  readonly setAsideBytes: readonly number[];
  /** Keys that stand as one island has them as a whole: all else that others have of them is set aside as well, and is in no sum. */
  readonly wholeKeys: number;
}

/** The places of the sums of a group. parts: rows about parts of keys. What one island alone changed is from ONLY on, by island. */
export const SUMS = { keys: 0, conflicts: 1, uncertain: 2, setAside: 3, bytes: 4, parts: 5, ONLY: 6 } as const;

/** The groups are of the keys that begin so (see RowFilter), by what follows; all else is of the whole plan. */
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
  const amounts = new Array<number>(width).fill(0);
  const { items, oneSided } = plan;
  let [last, wholeKey]: (string | null)[] = [null, null];
  let [wholeKeys, seen] = [0, 0];
  for (const place of places(plan, true)) {
    if (++seen % ROWS_PER_STEP === 0) yield;
    const isItem = place >= 0;
    const id = isItem ? items.idAt(place) : oneSided.idAt(~place);
    const key = wholeIdOf(id);
    // The parts of a key follow it: it is counted once.
    amounts.fill(0);
    amounts[SUMS.keys] = key === last ? 0 : 1;
    last = key;
    if (isItem) {
      const { kind, conflict, outcome, overridden, manual, follows } = items.shapeAt(place);
      // What goes with its key is counted with it.
      if (follows !== true) kinds[kind]++;
      if (follows !== true && conflict && !manual) stands[outcome]!++;
      // The key itself comes before its parts.
      if (follows === true && key === wholeKey) wholeKeys++;
      wholeKey = follows !== true && !isPartId(id) && !manual ? key : null;
      for (const island of overridden) setAsideBytes[island]! += items.bytesAt(place, island);
    } else kinds['one-sided']++;
    if (!beginsWith(id, prefix, database)) continue;
    if (isPartId(id)) amounts[SUMS.parts] = 1;
    if (isItem) fillAmounts(amounts, items, place);
    else {
      amounts[SUMS.bytes] = oneSided.bytesAt(~place);
      amounts[SUMS.ONLY + oneSided.islandAt(~place)] = 1;
    }
    groups.add(key, amounts);
  }
  return { groups: groups.top(groupsMax), kinds, stands, setAsideBytes, wholeKeys };
}

// ---------------------------------------------------------------------------------------------------------------------

/** What an item adds to the sums of its group. */
function fillAmounts(amounts: number[], items: ShownItems, at: number): void {
  const { conflict, uncertain, overridden, follows } = items.shapeAt(at);
  amounts[SUMS.conflicts] = conflict && follows !== true ? 1 : 0;
  amounts[SUMS.uncertain] = uncertain ? 1 : 0;
  amounts[SUMS.setAside] = overridden.length;
  for (const island of items.islandPlaces) amounts[SUMS.bytes]! += items.bytesAt(at, island);
  if (!conflict) amounts[SUMS.ONLY + islandOf(items, at)] = 1;
}

/** The island that alone changed a key. In a promotion the first version is what the promoted node has, changed or not. */
function islandOf(items: ShownItems, at: number): number {
  const other = items.islandPlaces.find((i) => i > 0 && items.hasVersionAt(at, i));
  const { overridden, outcome } = items.shapeAt(at);
  return other ?? overridden[0] ?? outcome;
}

/** Places of items, and of one-sided keys (their complements), together in the order of the keys. */
function* places({ items, oneSided }: ShownPlan, withOneSided: boolean): Generator<number> {
  const count = withOneSided ? oneSided.length : 0;
  let one = 0;
  for (let at = 0; at < items.length; at++) {
    for (const id = count === 0 ? '' : items.idAt(at); one < count && compareIds(oneSided.idAt(one), id) < 0; )
      yield ~one++;
    yield at;
  }
  while (one < count) yield ~one++;
}

function isOpen({ prefix, database, only, island, undecided }: RowFilter): boolean {
  return prefix === '' && database === null && only === null && island === null && !undecided;
}

/** Where it is about what the islands did, and not about what is decided. */
function takesOneSided({ only, island, undecided }: RowFilter): boolean {
  return !undecided && (only === 'one-sided' || only === 'deleted' || (only === null && island !== null));
}

function fits(items: ShownItems, at: number, { prefix, database, only, island, undecided }: RowFilter): boolean {
  const shape = items.shapeAt(at);
  if (undecided && !shape.undecided) return false;
  if (only === 'conflicts' && !shape.conflict) return false;
  if (only === 'one-sided' && shape.conflict) return false;
  if (only === 'uncertain' && !shape.uncertain) return false;
  if ((prefix !== '' || database !== null) && !beginsWith(items.idAt(at), prefix, database)) return false;
  if (island !== null && !isChangedBy(items, at, island)) return false;
  return only !== 'deleted' || items.islandPlaces.some((i) => items.isDeletedAt(at, i));
}

function isChangedBy(items: ShownItems, at: number, island: number): boolean {
  return items.shapeAt(at).conflict ? items.hasVersionAt(at, island) : islandOf(items, at) === island;
}

function fitsOneSided(oneSided: OneSidedKeys, at: number, { prefix, database, only, island }: RowFilter): boolean {
  if (island !== null && oneSided.islandAt(at) !== island) return false;
  if (only === 'deleted' && !oneSided.isDeletedAt(at)) return false;
  return beginsWith(oneSided.idAt(at), prefix, database);
}

/** `prefix`: as in a filter, without the database. A part begins as its key does. */
export function beginsWith(id: string, prefix: string, database: number | null): boolean {
  const whole = wholeIdOf(id);
  return whole.startsWith(prefix, 1) && (database === null || whole.charCodeAt(0) === database);
}
