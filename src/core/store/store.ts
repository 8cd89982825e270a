import type { Bytes } from '../model/bytes.js';
import type { Entry, TouchedEntry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { VectorData, VersionVector } from '../model/vector.js';
import type { Origin, ReplicaId } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import type { LogRow } from './change-log.js';
import type { EntryPacker } from './entry-packer.js';
import type { VictimPolicy } from './eviction.js';
import type { PackedEntries } from './packed-entries.js';

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
export interface Store {
  /** Read-only for callers: changed by write, receive, adopt and retire alone. */
  readonly vector: Readonly<VersionVector>;

  get(key: Bytes): Entry | undefined;
  /** A local write: the entry, its log row and its position in the vector, in one. */
  write(entry: Entry): void;
  /**
   * As `write` of the touch of an entry, whose value (there is one) is what `get` gives for its key now. It must be after the key's. It
   * costs as much as the key, however large the value is.
   */
  touch(entry: TouchedEntry): void;
  /** Put an entry in place of whatever its key had. No log row, no vector. */
  put(entry: Entry): void;
  /**
   * Put an entry if its version is after what its key has (R5), and of a touch without the value the touch (see `joined`). Returns whether it
   * was. As `put` otherwise.
   */
  putIfAfter(entry: Entry): boolean;
  /** `putIfAfter` for each of these. Returns the greatest of their timestamps; 0 if there are none. */
  takePacked(entries: PackedEntries): Hlc;
  /** Forget an entry physically (a stable tombstone, or what a snapshot says was deleted). */
  drop(key: Bytes): void;

  /**
   * Take in a range that begins at or below the vector (R5): of its rows beyond the vector, put the entries that are after what
   * their keys have, and log them, where their origin's last row and floor are less (R4); then move the vector to its end (R3).
   * Returns the greatest timestamp of these rows' entries, put or not; 0 if there are none. The entries that were put are added
   * to `changed`; with null, if nobody asks for them, no objects are made.
   */
  receive(range: Range, changed: Entry[] | null): Hlc;
  /**
   * Whether values that the giver of a range took for known are not here: of an entry that has expired, say, and was collected, and that
   * somebody has touched in time. Such a range must not be taken in.
   */
  lacksValuesOf(range: Range): boolean;
  /**
   * Pack the rows of a range from `from` to `upto`, each with the current entry of its key (R5), until they take `bytesMax`.
   * Returns where it ends: at `upto`, or earlier, and then at the end of a block (see ChangeLog) with rows in it; null: the rows up
   * to there take more than RANGE_BYTES_MAX.
   */
  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null;
  /** Up to `limit` rows with `after < seq <= upto`, ascending. */
  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[];
  /** The highest trimmed sequence number of an origin; 0 if none. */
  floor(origin: Origin): number;
  /** Forget the rows up to `upto` (R7). */
  trim(origin: Origin, upto: number): void;
  /** After a snapshot (R9): merge the giver's vector; what was gained so cannot be served from this log (its floor rises). */
  adopt(vector: VectorData): void;
  /** Retire the origins of `replica` with boots below `boot` from vector and log (R7). */
  retire(replica: ReplicaId, boot: number): void;

  bucket(index: number): Entry[];
  /** The entries of a bucket too, for who needs no objects. */
  pack(index: number, packer: EntryPacker): void;
  /** Whether keys and values passed in are copied, so that the caller may use their memory again. */
  readonly copiesBytes: boolean;
  /** Whether the bucket may hold tombstones, or entries whose expiry is at or before `nowMs`. False is certain. */
  bucketHasGarbage(index: number, nowMs: number): boolean;
  /** The tombstones of a bucket, and its entries whose expiry is at or before `nowMs`. The others are not even read. */
  garbage(index: number, nowMs: number): Entry[];
  /**
   * 53 bits over the writes of a bucket that a reader at `nowMs` finds: equal for replicas that hold the same (see Digests).
   * Costs nothing, but for buckets with entries whose expiry has passed.
   */
  digest(index: number, nowMs: number): number;

  /** Entries that have a value (expired ones count until they are collected), of one database or of all. */
  liveCount(database?: number): number;
  /** Those among them that have an expiry. */
  endingCount(database: number): number;
  /**
   * Adds how many entries of the buckets from `from` to before `upto` have expired at `nowMs` and still count, to the number of
   * their database in `expired`. Costs next to nothing for buckets in which nothing has.
   */
  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void;
  readonly tombstoneCount: number;
  readonly logRowCount: number;
  logRowCountOf(origin: Origin): number;
  /** Bytes of keys and values held. */
  readonly byteCount: number;

  /** Entries whose value was evicted, and the memory that they take, in bytes. */
  readonly stubCount: number;
  readonly stubBytes: number;
  /** The stubs of a bucket. The others are not even read. */
  stubs(index: number): Entry[];
  /** Bytes of memory that all entries take, stubs, tombstones and what it takes to find them included; not the log. */
  readonly memoryBytes: number;
  /**
   * An entry with a value that the policy would evict, found by samples, as the stub to be put in its place; undefined: there
   * is none. `random`: 0 <= x < 1.
   */
  victim(policy: VictimPolicy, random: () => number): Entry | undefined;
  /** From now on it counts how long ago an entry was used, for `allkeys-lru`. Until then that costs nothing. */
  noteUses(): void;
  /** A client has read the key. */
  used(key: Bytes): void;
}

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
