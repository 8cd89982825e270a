import { CLIENT_DATABASES } from '../model/entry.js';
import type { Owners } from './owners.js';

/** What can be said of a store's content as a whole, without a look at each entry. */
export interface StoreDigest {
  /**
   * 53 bits over the writes of a bucket that a reader at `nowMs` finds: equal for replicas that hold the same (see Digests).
   * Costs nothing, but for buckets with entries whose expiry has passed.
   */
  digest(index: number, nowMs: number): number;
  /** Entries that have a value (expired ones count until they are collected): the keys of one database, or all, parts of keys among them. */
  liveCount(database?: number): number;
  /** Those among the keys of a database that have an expiry. */
  endingCount(database: number): number;
  /**
   * Adds how many entries of the buckets from `from` to before `upto` have expired at `nowMs` and still count, to the number of
   * their database in `expired`. Keys with parts of which all have expired count no more from then on. Costs next to nothing for buckets in
   * which nothing has.
   */
  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void;
  readonly tombstoneCount: number;
  /** Entries whose value was evicted, parts of keys among them. */
  readonly stubCount: number;
  /** Keys whose value was evicted, or parts of which were. */
  readonly evictedKeyCount: number;
  readonly logRowCount: number;
  /** Bytes of keys and values held. */
  readonly byteCount: number;
  /** Bytes of memory that all entries take, stubs, tombstones and what it takes to find them included; not the log. */
  readonly memoryBytes: number;
  /** The memory that stubs take, in bytes. */
  readonly stubBytes: number;
}

/** Keys of all databases, whether they have a value of their own or parts (R13). */
export function keyCount(store: Pick<StoreDigest, 'liveCount'>): number {
  let count = 0;
  for (let database = 0; database < CLIENT_DATABASES; database++) count += store.liveCount(database);
  return count;
}

/** Fields, members, scores, shares of numbers, and expiries of keys that have such: each is an entry of its own (R13). */
export function partCount(
  store: Pick<StoreDigest, 'liveCount'> & { readonly owners: Pick<Owners, 'countIn'> },
): number {
  let count = store.liveCount();
  for (let database = 0; database < CLIENT_DATABASES; database++)
    count -= store.liveCount(database) - store.owners.countIn(database);
  return count;
}
