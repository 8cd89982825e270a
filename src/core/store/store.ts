import type { Hlc } from '../model/hlc.js';
import type { StoreDigest } from './store-digest.js';
import type { StoreReader } from './store-reader.js';
import type { StoreUses } from './store-uses.js';
import type { StoreWriter } from './store-writer.js';

/** The two replication groups of a node: the cached data, and the cluster's own records (members, settings, incidents). */
export type Group = 'data' | 'system';
export const GROUPS: readonly Group[] = ['system', 'data'];

/**
 * One group's entries, change log and vector on one replica. Synchronous: a call has its effect at once for later reads,
 * and is on its way to the disk in the order of the calls.
 *
 * Guarantees an implementation owes (held by the conformance suite):
 * - reads see the latest call; what a crash leaves is a prefix of the calls, at least up to the last durable position,
 *   a range whole or not at all: if its author is lost as well, an entry beyond every vector would never reach the others;
 * - `bucket(i)` gives exactly the entries with `bucketOf(key) === i`, tombstones included, in any order, and tolerates
 *   changes between two calls (not during one);
 * - keys and values passed in are not modified later by the caller, unless they are copied, and may be kept; results must
 *   not be modified.
 */
export interface Store extends StoreReader, StoreWriter, StoreDigest, StoreUses {}

/**
 * What the disk takes at the time (R17). all: everything; little: it is full, but what was kept for that is enough for
 * deletes and the cluster's own records; nothing: every change waits in memory, and nothing may be told of it.
 */
export type DiskTakes = 'all' | 'little' | 'nothing';

/** All that a node keeps. One journal: the order of calls over both groups and the meta records is the order on disk. */
export interface Storage {
  store(group: Group): Store;
  /** A small JSON record by name; undefined if never set or removed. */
  getMeta(name: string): unknown;
  setMeta(name: string, value: unknown): void;
  /** The names of the records that there are, of those that begin so. */
  metaNames(prefix: string): string[];
  /** The greatest timestamp handed to `observeClock` or stored in an entry, over all restarts. */
  readonly clock: Hlc;
  /** Keep a timestamp: it is durable with the calls after it. */
  observeClock(hlc: Hlc): void;
  /** Grows with every change. What was changed before the position was read is durable once the disk has that position. */
  readonly position: number;
  readonly takes: DiskTakes;
  /**
   * Whether writes to the data group may be made where its entries lie, by whoever was given numbers for them (Replica.reserve). No:
   * somebody has to see each of them, so all pass the store's methods.
   */
  readonly takesReservations: boolean;
}
