import type { Bytes } from '../../core/model/bytes.js';
import type { OtherType, TypeName } from '../../core/model/entry.js';
import type { ValueSink } from '../../engines/engine.js';

/** An entry as an iteration finds it. */
export interface StoredEntry {
  /** The full key, with the database in front. */
  readonly key: Bytes;
  readonly value: Bytes;
  /** Unix milliseconds; 0: never. */
  readonly expiryMs: number;
}

/** A key as an iteration finds it, with a string or whatever else under it. */
export interface StoredKey extends Omit<StoredEntry, 'value'> {
  readonly type: TypeName;
}

/** Where a reader of changes is: of each origin, the last number that it has seen. */
export type Seen = Map<string, number>;

/**
 * The node's data, as the front in its own process sees it. Keys are full keys, and together with values they are copied: the caller
 * may use their memory again. All is synchronous and takes effect at once; what was written survives once `commit` is done.
 */
export interface LocalStore {
  /** The node's own time, so that a step of the machine's clock ends no key. */
  nowMs(): number;
  /** Tells `sink` the value, if a reader at `nowMs` finds a string. Returns whether. */
  read(key: Bytes, nowMs: number, sink: ValueSink): boolean;
  /** What a key has that is no string: a collection, as a rule; undefined: a string, or nothing. */
  otherType(key: Bytes): OtherType | undefined;
  /** When the entry ends: Unix milliseconds, 0: never; undefined: there is none. */
  expiryOf(key: Bytes): number | undefined;
  /** Why a write is refused now, as an error text with its code word; null: it is not. `deletes`: of what only deletes. */
  refusal(deletes: boolean): string | null;
  write(key: Bytes, value: Bytes, expiryMs: number, nowMs: number): void;
  /** Returns whether there was something. */
  delete(key: Bytes): boolean;
  /** Returns whether there was something. */
  touch(key: Bytes, expiryMs: number): boolean;
  /** Makes all that was written survive a `kill -9`, or a power failure where the node is set so. undefined: it does at once. */
  commit(): Promise<void> | undefined;
  readonly buckets: number;
  /** The live strings of one bucket whose full keys begin so. */
  entriesOf(bucket: number, prefix: Bytes): StoredEntry[];
  /** All live keys of one bucket that begin so, each once. */
  keysOf(bucket: number, prefix: Bytes): StoredKey[];
  /** Where a reader is that has seen all there is. */
  seen(): Seen;
  /** Tells the full keys that were written since, those whose parts were among them, and moves `seen` on. Returns false if some are not known any more. */
  changesSince(seen: Seen, tell: (key: Bytes) => void): boolean;
  /** `onChange` is called after changes of all kinds, until what it returns is called; `onEnd` once, when the node is closed. */
  follow(onChange: () => void, onEnd: () => void): () => void;
}
