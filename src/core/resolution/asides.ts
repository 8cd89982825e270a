import type { Context } from '../context.js';
import { isSetAside, readSetAside, type SetAside } from '../membership/records.js';
import { BUCKETS, type Bytes, bytesToId } from '../model/bytes.js';
import { type Entry, isLive } from '../model/entry.js';
import { KeyGroups, type TopGroups } from '../model/key-groups.js';
import { compareIds, wholeIdOf } from '../model/part-ids.js';
import { isPartKey, PART, partPrefix } from '../model/parts.js';
import { orderOf, type Steps } from '../model/steps.js';
import { isAfter, isSameVersion, type Version } from '../model/version.js';
import type { StoreReader } from '../store/store-reader.js';
import { currentAt, hasLiveParts } from './live-parts.js';
import { beginsWith, type RowFilter } from './plan-rows.js';

/** A millisecond or so each. */
const BUCKETS_PER_STEP = 256;

type Reader = Pick<StoreReader, 'get' | 'owners'>;

/** Which of the values that an incident set aside are asked for. */
export type AsideFilter = Omit<RowFilter, 'undecided'>;

/** The sums of a group. since: of keys that were written again since. */
export const ASIDE_SUMS = { values: 0, bytes: 1, deleted: 2, since: 3, width: 4 } as const;

export interface Asides {
  /** From `offset` on, in the order of the keys. */
  readonly rows: readonly { readonly aside: SetAside; readonly keptUntilMs: number }[];
  /** How many there are in all. */
  readonly total: number;
  /** null: it was not asked for. */
  readonly groups: TopGroups | null;
}

export interface AsidePage {
  readonly offset: number;
  readonly limit: number;
  /** Of how many groups of keys the sums are wanted; null: of none. */
  readonly groupsMax: number | null;
}

/** What an incident set aside, in the order of the keys. All names are looked through; only the values of the page are kept. */
export function* asidesOf(context: Context, incident: string, filter: AsideFilter, page: AsidePage): Steps<Asides> {
  const places: string[] = [];
  const groups = page.groupsMax === null ? null : new KeyGroups(ASIDE_SUMS.width, 1 + filter.prefix.length);
  for (let first = 0; first < BUCKETS; first += BUCKETS_PER_STEP) {
    for (const { aside } of eachAside(context, incident, first, first + BUCKETS_PER_STEP)) {
      if (aside.bare === true || !fitsAside(aside, filter, context)) continue;
      const id = bytesToId(aside.key);
      places.push(`${id}${String.fromCharCode(aside.island)}`);
      groups?.add(wholeIdOf(id), amountsOf(aside, context));
    }
    yield;
  }
  const rows: { aside: SetAside; keptUntilMs: number }[] = [];
  const order = (yield* orderOf(places, comparePlaces)).subarray(page.offset, page.offset + page.limit);
  for (const at of order) {
    const place = places[at]!;
    const entry = context.records.setAside(incident, place.charCodeAt(place.length - 1), place.slice(0, -1));
    const aside = entry === undefined ? null : readSetAside(entry, incident);
    if (aside !== null) rows.push({ aside, keptUntilMs: entry!.expiryMs });
  }
  return { rows, total: places.length, groups: groups?.top(page.groupsMax!) ?? null };
}

/** What an incident set aside, of the buckets from `first` to before `end`. */
export function* eachAside(
  { ports, replicas }: Context,
  incident: string,
  first: number,
  end: number,
): Generator<{ readonly aside: SetAside; readonly keptUntilMs: number }> {
  const nowMs = ports.wallMs();
  for (let bucket = first; bucket < Math.min(BUCKETS, end); bucket++) {
    for (const entry of replicas.system.store.bucket(bucket)) {
      const aside = isLive(entry, nowMs) ? readSetAside(entry, incident) : null;
      if (aside !== null) yield { aside, keptUntilMs: entry.expiryMs };
    }
  }
}

/** Incidents of older versions, undos, and Redis' own do not say whether it was a conflict: then it is neither. */
export function fitsAside(
  aside: SetAside,
  { prefix, database, only, island }: AsideFilter,
  { ports, replicas }: Pick<Context, 'ports' | 'replicas'>,
): boolean {
  if (island !== null && aside.island !== island) return false;
  if (only === 'conflicts' && aside.conflict !== true) return false;
  if (only === 'one-sided' && aside.conflict !== false) return false;
  if (only === 'uncertain' && aside.uncertain !== true) return false;
  if (only === 'deleted' && !isDelete(aside) && !isDeletedBy(aside, replicas.data.store, ports.wallMs())) return false;
  return (prefix === '' && database === null) || beginsWith(bytesToId(aside.key), prefix, database);
}

/**
 * Whether the key is still as it was left when the value was set aside, a whole with all of its parts. A collected tombstone leaves nothing,
 * and so does a value. Parts that have expired with their key are nothing at once, though they are collected later.
 */
export function isAsLeft(store: Reader, { key, standing, stoodValue }: SetAside, nowMs: number): boolean {
  const current = currentAt(store, key, nowMs);
  const hasParts = !isPartKey(key) && hasLiveParts(store, key, nowMs);
  if (hasParts && hasPartsBeyond(store, key, standing)) return false;
  if (current === undefined) return stoodValue !== true || hasParts;
  if (standing === null) return false;
  // Of a key with parts, what stood may be the last of them.
  return isSameVersion(current, standing) || (hasParts && isAfter(standing, current));
}

/** All that is set aside of the parts of a key, by whatever incident. */
export function* partAsidesOf(
  { ports, replicas }: Context,
  key: Bytes,
): Steps<{ readonly aside: SetAside; readonly keptUntilMs: number }[]> {
  const found: { aside: SetAside; keptUntilMs: number }[] = [];
  const [nowMs, id] = [ports.wallMs(), bytesToId(key)];
  // All kinds of parts have the key alike in their names, behind the first byte.
  const mark = Buffer.from(partPrefix(PART.field, key)).subarray(1);
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    if (bucket % BUCKETS_PER_STEP === BUCKETS_PER_STEP - 1) yield;
    for (const entry of replicas.system.store.bucket(bucket)) {
      if (!isSetAside(entry.key) || !isLive(entry, nowMs) || !Buffer.from(entry.key).includes(mark)) continue;
      const aside = readSetAside(entry, null);
      if (aside === null || !isPartKey(aside.key) || wholeIdOf(bytesToId(aside.key)) !== id) continue;
      found.push({ aside, keptUntilMs: entry.expiryMs });
    }
  }
  return found;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Each is an id, and the number of an island. */
function comparePlaces(a: string, b: string): number {
  return compareIds(a.slice(0, -1), b.slice(0, -1)) || (a < b ? -1 : 1);
}

function amountsOf(aside: SetAside, { ports, replicas }: Context): number[] {
  const isSince = !isAsLeft(replicas.data.store, aside, ports.wallMs());
  return [1, aside.value?.length ?? 0, isDelete(aside) ? 1 : 0, isSince ? 1 : 0];
}

function isDelete({ value, evicted }: Pick<Entry, 'value'> & { readonly evicted?: boolean }): boolean {
  return value === null && evicted !== true;
}

/** Whether a delete overrode the value: that is not known any more once the key was written again. */
function isDeletedBy(aside: SetAside, store: Reader, nowMs: number): boolean {
  const current = currentAt(store, aside.key, nowMs);
  return isAsLeft(store, aside, nowMs) && (current === undefined || isDelete(current));
}

/** Whether parts of the key were written after what stood; null: nothing did. */
function hasPartsBeyond({ owners }: Pick<StoreReader, 'owners'>, key: Bytes, standing: Version | null): boolean {
  const lists = owners.get(key)?.lists ?? [];
  return lists.some(
    (list) => list !== undefined && list.size > 0 && (standing === null || isAfter(list.newest!, standing)),
  );
}
