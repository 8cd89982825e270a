import type { Bytes } from '../core/model/bytes.js';
import type { Reservation } from '../core/replication/numbering.js';
import type { Storage } from '../core/store/store.js';
import type { Batch } from './batch.js';

/** Takes a value where it lies; the bytes are valid during the call. */
export interface ValueSink {
  value(source: Buffer, start: number, length: number): void;
}

/** Files of a data directory as they are of one moment: opened together they give what a crash at that moment would have left. */
export interface HeldFiles {
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  read(file: number, offset: number, length: number): Promise<Buffer>;
  letGo(): void;
}

/** Something that is wrong with the disk, until it is mended. */
export interface DiskTrouble {
  /** read-only: clients' writes are refused; compaction: the journal grows. */
  readonly kind: 'read-only' | 'compaction';
  /** For the operator, without a full stop. */
  readonly text: string;
  readonly next: string | null;
}

/**
 * A node's storage with its disk. Guarantees beyond Storage, held by the conformance suite:
 * - after `flush()` returned, every earlier change survives a `kill -9` of the process (it is in the file);
 * - after `sync()` resolved with position p, every change up to p survives a power failure (fdatasync);
 * - keys and values passed in are copied before the call returns: the caller may use their memory again;
 * - one process at a time per directory; a second one is refused;
 * - opening after any crash gives a prefix of the changes that holds all that was flushed (synced, after a power failure).
 */
export interface Engine extends Storage {
  /** Tells the value of a key of the data group to `sink`, if a reader at `nowMs` finds a string. Returns whether. */
  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean;
  /**
   * Lets compiled code read and write entries of the data group where they lie. Returns how many writes it made: they have the numbers
   * and times that were reserved, from the first one on. What no code can reach is no part of it: then the batch is not performed.
   */
  perform(batch: Batch, reservation: Reservation): number;
  /** Calls for keys of the data group with these hashes (the first `count`) are about to come: fetch what they need. */
  warm(hashes: Int32Array, count: number): void;
  /**
   * Write all buffered changes to the file, synchronously, in one write. Cheap when nothing is buffered. Throws an OperatorError
   * if that cannot be done now: the changes wait, and are tried again before any others.
   */
  flush(): void;
  /**
   * Flush and fdatasync. Resolves with the position that is durable by now; calls made meanwhile share the next one. Rejects with
   * an OperatorError if the disk fails, or does not answer.
   */
  sync(): Promise<number>;
  /** The position known to be durable. */
  readonly durablePosition: number;
  /** Facts about the opening that the operator should see, such as a torn tail that was cut off. Empty if none. */
  readonly openingNotes: readonly string[];
  /** Bytes on disk now; 0 for a memory-only engine. */
  readonly diskBytes: number;
  /** What is wrong with the disk now. The engine tries by itself what failed, until it succeeds. */
  readonly troubles: readonly DiskTrouble[];
  /** Called when `troubles` or `takes` may have changed. */
  onTrouble: () => void;
  /** What was acknowledged is in memory alone, since the files are gone or cannot be relied on: the end of the process ends it. */
  readonly isMemoryAlone: boolean;
  /**
   * What is in the files now, held open: it stays as it is of this moment, whatever is written, and whichever files are removed,
   * until it is let go. null: nothing is kept on a disk. Throws an OperatorError if the disk does not have all that is acknowledged.
   */
  holdFiles(): HeldFiles | null;
  /** End background work early, flush, sync, release the directory. */
  close(): Promise<void>;
  /** Close, and remove what the opening has made if there was nothing before: a start that failed leaves no trace. */
  discardIfFresh(): Promise<void>;
}
