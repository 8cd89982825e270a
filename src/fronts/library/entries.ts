import type { Codec } from './codec.js';

/** A string stands for its bytes in UTF-8. At most 1 MiB. */
export type Key = string | Uint8Array;

/** When an entry ends. Without either: never. */
export interface Expiry {
  /** Milliseconds from now, 1 at least. */
  readonly ttlMs?: number | undefined;
  /** Unix milliseconds; a time that is over deletes the entry. */
  readonly expiresAtMs?: number | undefined;
}

/** An entry as it was found. */
export interface FoundEntry<V> {
  /** As text. For keys that are no UTF-8 see `keyBytes`. */
  readonly key: string;
  readonly keyBytes: Buffer;
  readonly value: V;
  /** Unix milliseconds; null: never. */
  readonly expiresAtMs: number | null;
}

/** A key as it was found, whatever is under it. */
export interface FoundKey {
  /** As text. For keys that are no UTF-8 see `keyBytes`. */
  readonly key: string;
  readonly keyBytes: Buffer;
  /** As Redis' TYPE says it. Of another kind than a string the value is read through the node's Redis port. */
  readonly kind: KeyKind;
  /** Unix milliseconds; null: never. */
  readonly expiresAtMs: number | null;
}

export type KeyKind = 'string' | OtherKind;
export type OtherKind = 'hash' | 'list' | 'set' | 'zset' | 'stream' | 'other';

/** One write of a batch. */
export type BatchWrite<V> =
  | ({ readonly type: 'set'; readonly key: Key; readonly value: V } & Expiry)
  | { readonly type: 'delete'; readonly key: Key }
  | ({ readonly type: 'touch'; readonly key: Key } & Expiry);

/**
 * What a watcher is told. `set`: the key was written, or its expiry changed, here or at another node, and this is what it has now. `delete`:
 * it has nothing now. `other`: what it has now is a hash, a set, a sorted set, or whatever else of Redis that is no string, told once however many of
 * its parts have changed. `missed`: changes came faster than they were taken, or the node took a whole copy from another one: what is watched
 * has to be read anew. Entries that merely expire, or are evicted, are not told of.
 */
export type Change<V> =
  | ({ readonly type: 'set' } & FoundEntry<V>)
  | { readonly type: 'delete'; readonly key: string; readonly keyBytes: Buffer }
  | {
      readonly type: 'other';
      /** As Redis' TYPE says it. */
      readonly kind: OtherKind;
      readonly key: string;
      readonly keyBytes: Buffer;
      /** Unix milliseconds; null: never. */
      readonly expiresAtMs: number | null;
    }
  | { readonly type: 'missed' };

export interface WatchOptions {
  /** Ends the watch: the loop over it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** How many changed keys wait at most until they are taken; beyond, the watcher is told that it missed some. Default: 10,000. */
  readonly keysMax?: number | undefined;
}

export interface IterationOptions {
  /** Ends the iteration: the loop over it throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The entries of a node, read and written in its own process. Redis clients of any node see the same ones, in database 0. Here they are
 * strings: hashes, sets and sorted sets are read and changed through the node's Redis port, and can be deleted, touched and watched here.
 *
 * Reads are answered at once from this process' memory. Writes take effect at once, for reads here as well. The promise that a write returns
 * resolves when the write survives a `kill -9` of the process (with `fsync: 'always'`: a power failure too), as a Redis client's reply does;
 * it rejects with a {@link WriteRefusedError}. It does not wait for other nodes. Nobody has to await it: whoever does not is told of a
 * failure by the event `write-refused` alone. What is no key, no value or no time at all is thrown at once, with the code `usage`.
 */
export interface Entries<V> {
  /** undefined: there is none. Throws an error with the code `wrong-type`, which names the type, where there is no string. */
  get(key: Key): V | undefined;
  has(key: Key): boolean;
  /** When the entry ends: Unix milliseconds, null: never; undefined: there is no entry. */
  expiresAtMs(key: Key): number | null | undefined;
  set(key: Key, value: V, expiry?: Expiry): Promise<void>;
  /** Resolves to whether there was an entry. */
  delete(key: Key): Promise<boolean>;
  /**
   * Changes when an entry ends, and nothing else: without an expiry, it never does. Resolves to whether there was an entry. A touch brings
   * back nothing: not what was deleted here, nor what somebody deleted at another node meanwhile.
   */
  touch(key: Key, expiry?: Expiry): Promise<boolean>;
  /** All of these writes, in this order, or none: what is wrong with one of them is told before anything is written. */
  batch(writes: readonly BatchWrite<V>[]): Promise<void>;
  /**
   * The strings whose keys begin so, in no order, in slices between which the event loop goes on. Each that is there throughout comes once.
   * Hashes, sets and sorted sets, which clients of the port make, are not among them: they have no value here (`keys` finds them too).
   * Throws the reason of `signal` once that is aborted.
   */
  entries(prefix?: Key, options?: IterationOptions): AsyncGenerator<FoundEntry<V>, void, void>;
  /**
   * All keys that begin so, whatever is under them, in the same way. No value is read, so it is what counts keys, deletes those of a prefix, or
   * finds what a watcher has missed.
   */
  keys(prefix?: Key, options?: IterationOptions): AsyncGenerator<FoundKey, void, void>;
  /**
   * What changes among keys that begin so, from this call on, until the loop over it is left or the node is closed. Of several changes of
   * one key that were not taken yet the last is told. An iterator that is never iterated has to be ended by `return()`.
   */
  watch(prefix?: Key, options?: WatchOptions): AsyncIterableIterator<Change<V>>;
  /** The same entries, with values of another codec. */
  as<W>(codec: Codec<W>): Entries<W>;
}
