import { hashPart } from '../model/bytes.js';

/** Rows in a batch: what a store prefetches for them must stay in the processor's cache until it is used. */
export const BATCH_ROWS = 32;

/** Some rows of a log, or of a range, without an object for each. Their keys lie in one piece of memory. */
export class RowBatch {
  count = 0;
  keys: Uint8Array = new Uint8Array(0);
  readonly seqs = new Float64Array(BATCH_ROWS);
  /** Where the key of each row starts and ends. */
  readonly starts = new Int32Array(BATCH_ROWS);
  readonly ends = new Int32Array(BATCH_ROWS);
  /** Where the rows of a range are in it; nothing for rows of a log. */
  readonly places = new Int32Array(BATCH_ROWS);
  /** The hashes of the keys, once {@link hash} was called. */
  readonly hashes = new Int32Array(BATCH_ROWS);

  /** `hashOf`: of the bytes from `start` to before `end`. */
  hash(hashOf: (bytes: Uint8Array, start: number, end: number) => number = hashPart): void {
    const { keys, starts, ends, hashes } = this;
    for (let i = 0; i < this.count; i++) hashes[i] = hashOf(keys, starts[i]!, ends[i]!);
  }

  /** A view of a row's key. */
  key(i: number): Uint8Array {
    return this.keys.subarray(this.starts[i]!, this.ends[i]!);
  }
}
