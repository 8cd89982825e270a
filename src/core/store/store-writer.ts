import type { Bytes } from '../model/bytes.js';
import type { Entry, TouchedEntry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { VectorData } from '../model/vector.js';
import type { Origin, ReplicaId } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import type { PackedEntries } from './packed-entries.js';

/** What changes a store: local writes, what comes from peers, and what is collected. Numbers and times are in what it is given. */
export interface StoreWriter {
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
  /** Forget up to so many parts that have ended. Returns whether there are more. */
  sweepParts(most: number): boolean;
  /** A slice of what saves memory where nobody has written for a while; nothing else shows of it. Returns whether there was anything to do. */
  foldParts(nowMs: number): boolean;
  /** Forget an entry physically (a stable tombstone, or what a snapshot says was deleted). */
  drop(key: Bytes): void;

  /**
   * Take in a range that begins at or below the vector (R5): of its rows beyond the vector, put the entries that are after what
   * their keys have, and log them, where their origin's last row and floor are less (R4); then move the vector to its end (R3).
   * Returns the greatest timestamp of these rows' entries, put or not; 0 if there are none. The entries that were put are added
   * to `changed`; with null, if nobody asks for them, no objects are made.
   */
  receive(range: Range, changed: Entry[] | null): Hlc;
  /** Forget the rows up to `upto` (R7). */
  trim(origin: Origin, upto: number): void;
  /** After a snapshot (R9): merge the giver's vector; what was gained so cannot be served from this log (its floor rises). */
  adopt(vector: VectorData): void;
  /** Claim to have nothing: forget vector and log. What is here stays until it is dropped. For a joiner that begins anew. */
  disclaim(): void;
  /** Retire the origins of `replica` with boots below `boot` from vector and log (R7). */
  retire(replica: ReplicaId, boot: number): void;
}
