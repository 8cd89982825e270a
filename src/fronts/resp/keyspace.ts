import type { Bytes } from '../../core/model/bytes.js';
import type { Batch } from '../../engines/batch.js';
import type { ShortRequest, ValueSink } from './codec/short-request.js';
import type { Collection, CollectionKind, SortedCollection } from './collection.js';

/** A value as a data command finds it. */
export interface Item {
  /** These bytes never change, also when the key is written later in the same turn: replies refer to them until it ends. */
  readonly value: Bytes;
  /** Absent: a string. For another type `value` throws WRONGTYPE: the value can be replaced and deleted, not read. */
  readonly type?: string;
  /** Of a type that is no string: the value as Redis dumps it. */
  readonly dump?: Bytes | undefined;
  /** Unix time in milliseconds; 0: never. */
  readonly expiryMs: number;
  /** Differs whenever the key was written in between; for WATCH. */
  readonly version: string;
}

/**
 * What data commands see of a node: 16 databases of binary keys. Reads and writes are synchronous and take effect at once;
 * the reply must be sent only after `committed()` (the listener takes care of that: one commit for all commands of a turn).
 * Expired entries are never returned. Writes throw a RespError when the node must not take them (no quorum, stopping).
 */
export interface Keyspace {
  get(database: number, key: Bytes): Item | undefined;
  set(database: number, key: Bytes, value: Bytes, expiryMs: number): void;
  /** Writes what was found elsewhere, of whatever type, with its expiry. */
  setItem(database: number, key: Bytes, item: Item): void;
  /** The collection at a key; undefined: there is no such key. Throws WRONGTYPE where the key has a value of another kind. */
  collection(database: number, key: Bytes, kind: 'hash' | 'set'): Collection | undefined;
  collection(database: number, key: Bytes, kind: 'zset'): SortedCollection | undefined;
  /**
   * Puts a part into the collection at a key, which comes into being with its first part. The caller has asked for the collection before,
   * so a value of another kind is not met. Key, name and value are copied.
   */
  putPart(database: number, key: Bytes, kind: CollectionKind, name: Bytes, value: Bytes): void;
  /** Takes a part out; with the last one the key ends, and its expiry. Returns whether it was there. */
  deletePart(database: number, key: Bytes, kind: CollectionKind, name: Bytes): boolean;
  /**
   * Adds to the integer at a key (0 if missing), so that who adds to it on another member at the same time does not add in vain. The caller
   * has seen that it is one, and that the sum has no more than 64 bits.
   */
  add(database: number, key: Bytes, amount: bigint): void;
  /** Changes the expiry of a key that is there, and nothing else; 0: never. */
  touch(database: number, key: Bytes, expiryMs: number): void;
  /** Performs short requests on the bytes as they came, as far as that goes at once. Returns how many of them were writes. */
  perform(batch: Batch, nowMs: number): number;
  /** The first `count` of these requests are about to be performed: what they need may be fetched. */
  expectShort(database: number, requests: readonly ShortRequest[], count: number): void;
  /**
   * As `get`, for the key of a request that was read in place: tells `sink` the value. Whether there is one. `nowMs`: as
   * `nowMs()` said some milliseconds ago at most, since asking takes a tenth of what the whole read does.
   */
  readShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean;
  /** As `set`, without an expiry, for key and value of a request that was read in place: they are copied. `nowMs`: as above. */
  writeShort(database: number, request: ShortRequest, nowMs: number): void;
  /**
   * Whether the key of a request is there. This and what follows are for commands that go over very many keys where they lie in
   * the request, so all of them are copied.
   */
  hasShort(database: number, request: ShortRequest, nowMs: number): boolean;
  /** As `readShort`; a value of another type counts as none. */
  findShort(database: number, request: ShortRequest, nowMs: number, sink: ValueSink): boolean;
  /** Throws a RespError if the node takes no writes now (or no deletes, where it is asked for those), or none of keys so long. */
  admitWrites(keyBytes: number, deletes?: boolean): void;
  /** As `writeShort`, of a command that was admitted as a whole: nothing of it is refused any more. */
  writeAdmitted(database: number, request: ShortRequest, nowMs: number): void;
  /** As `delete`, of a command that was admitted as a whole. */
  deleteShort(database: number, request: ShortRequest, nowMs: number): boolean;
  /**
   * Whether a reader found something before. What was evicted is deleted too, although it does not count. `isReplaced`: parts follow that
   * take the place of what was there, so that it is not told as deleted.
   */
  delete(database: number, key: Bytes, isReplaced?: boolean): boolean;
  /** Delete all keys of some databases in one bucket. */
  clear(databases: readonly number[], bucket: number): void;
  /** Exchange the keys of two databases at once. Throws a RespError where the node holds too much for that. */
  swap(one: number, other: number): void;
  /** Why the node takes no writes now, as an error text; null: it does. `deletes`: asked for a command that only deletes. */
  unwritable(deletes: boolean): string | null;
  /** Before a command that may take memory: at its limit the node evicts something. An error text if there is nothing to evict. */
  outOfMemory(): string | null;
  /** Number of keys. What has expired counts until it is collected: see `countExpired`. */
  count(database: number): number;
  /** How many of them have an expiry. */
  countExpiring(database: number): number;
  /** Adds the expired keys that still count, of the buckets from `from` to before `upto`, to their databases' numbers. */
  countExpired(from: number, upto: number, expired: number[]): void;
  /**
   * Live keys of one bucket, 0 <= bucket < buckets. A key is always in the same bucket: walking all buckets meets every key
   * that exists throughout, at most once.
   */
  readonly buckets: number;
  keysOf(database: number, bucket: number): Bytes[];
  nowMs(): number;
  /** An error text (with its code word, e.g. "LOADING ...") when data commands cannot be served now, else null. */
  unavailable(): string | null;
  /**
   * Make all writes so far survive kill -9 (and power failure, where the node is set so); the reply may go out then. undefined:
   * at once. Throws, or rejects with, a RespError if that cannot be: those who wrote get it instead of their replies.
   */
  committed(): Promise<void> | undefined;
  /**
   * How many other members have every write made so far durably; resolves when `members` is reached, after timeoutMs (0: no
   * limit), or when it is aborted. 0 at once if the write up to which the client wrote (`writtenUpto`) was set aside meanwhile:
   * no member has it.
   */
  waitDurable(members: number, timeoutMs: number, writtenUpto: number, abort?: AbortSignal): Promise<number>;
  /** Grows with each write of this node. What a client wrote before this is asked is written up to there. */
  readonly writtenUpto: number;
  /** What CONFIG GET shows, by Redis' names. */
  parameters(): Record<string, string>;
  /** CONFIG SET of some of them, all or none, until the next start. Throws a RespError for a name or value that there is not. */
  setParameters(values: ReadonlyMap<string, string>): void;
  /** Lines for INFO: section name → field → value. */
  info(): Record<string, Record<string, string | number>>;
  /**
   * From now on tells what happens to keys without a command of this port: what expires, is evicted, and is written by others; null: to
   * nobody any more. Meanwhile the port calls `settle` before a command reads or writes a key, and `told` after each write.
   */
  follow(follower: KeyFollower | null): void;
  /** Tells at once what is due: that this key has expired, and what others have written so far. Nothing while nobody follows. */
  settle(database: number, key: Bytes): void;
  /** Who follows knows of what was written just now. */
  told(): void;
}

/** What happens to a key, in Redis' words. */
export type KeyEvent = 'set' | 'del' | 'expire' | 'persist' | 'expired' | 'evicted';

/** Whoever wants to know what happens to keys. */
export interface KeyFollower {
  wants(event: KeyEvent): boolean;
  /** `key` is good for this call alone. */
  tell(event: KeyEvent, database: number, key: Bytes): void;
}

/** An error reply. The message starts with its code word: "ERR ...", "WRONGTYPE ...". */
export class RespError extends Error {
  override name = 'RespError';
}
