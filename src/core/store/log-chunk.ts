import type { Bytes } from '../model/bytes.js';
import { BATCH_ROWS, type RowBatch } from './row-batch.js';

/** See ChangeLog. Smaller: slices of a range can be smaller; larger: a hot key takes fewer rows. At most 127. */
export const BLOCK = 64;

const ROWS_MAX = 1024;
const KEY_BYTES_FIRST = 1024;
/** No block starts in a chunk whose keys take more than this. */
const KEY_BYTES_FULL = 1 << 15;
/** Enough for short keys: the last block may go beyond. */
const KEY_BYTES_MOST = KEY_BYTES_FULL + (KEY_BYTES_FULL >>> 2);
const HOLE = -1;
const RECENT_SHIFT = 25;
const RECENT_SLOTS = 1 << (32 - RECENT_SHIFT);
/** Up to this length a loop is faster than a call into the runtime. */
const LOOP_BYTES = 64;

/**
 * Up to some thousand rows of one origin's change log in ascending order: numbers in typed arrays, keys side by side in one
 * buffer. Rows are added at the end and trimmed at the start. Inside the last block a row can be replaced; it is left as a
 * hole until the block ends, when the rows behind it move up.
 */
export class LogChunk {
  /** Rows that are neither replaced nor trimmed. */
  length = 0;
  /** The number of the last row ever added; 0 before the first. */
  lastSeq = 0;
  private seqs: Float64Array;
  /** Where the key of each row starts and ends; a start of HOLE says that the row was replaced. */
  private starts: Int32Array;
  private ends: Int32Array;
  private keys: Buffer;
  /** Rows in use, trimmed ones and holes included, and the first that is not trimmed. */
  private end = 0;
  private head = 0;
  private keysEnd = 0;
  /** Where the rows of the last block start, and how many of them are holes. */
  private block = 0;
  private holes = 0;
  /** Hash table of the last block: the number of a row in it, from 1; 0 is free. Replaced rows give their place away. */
  private readonly recent = new Uint8Array(RECENT_SLOTS);
  private readonly hashes = new Int32Array(BLOCK);

  /** `isLarge`: it is going to be full soon, and need not grow step by step until then. */
  constructor(isLarge = false) {
    const rows = isLarge ? ROWS_MAX : BLOCK;
    this.seqs = new Float64Array(rows);
    this.starts = new Int32Array(rows);
    this.ends = new Int32Array(rows);
    this.keys = Buffer.allocUnsafeSlow(isLarge ? KEY_BYTES_MOST : KEY_BYTES_FIRST);
  }

  /** No block should start here any more. */
  get isFull(): boolean {
    return this.end + BLOCK > ROWS_MAX || this.keysEnd > KEY_BYTES_FULL;
  }

  /** Add a row whose key is the part of `bytes` from `start` to before `end`. Returns whether it replaced one of its block. */
  append(seq: number, bytes: Bytes, start: number, end: number, hash: number): boolean {
    const length = end - start;
    this.makeRoom(length);
    const row = this.end++;
    this.seqs[row] = seq;
    this.starts[row] = this.keysEnd;
    copy(bytes, start, length, this.keys, this.keysEnd);
    this.keysEnd += length;
    this.ends[row] = this.keysEnd;
    this.lastSeq = seq;
    const replaced = this.remember(row, hash | 0);
    if (!replaced) this.length++;
    return replaced;
  }

  /** Forget all rows, to be filled anew. Returns whether that is worth it: a chunk that is small, or had a large key, is not. */
  restart(): boolean {
    if (this.seqs.length < ROWS_MAX || this.keys.length > 2 * KEY_BYTES_FULL) return false;
    this.head = this.end = this.keysEnd = this.block = this.holes = 0;
    this.length = 0;
    this.lastSeq = 0;
    this.recent.fill(0);
    return true;
  }

  /** The rows from here on are of another block. */
  endBlock(): void {
    if (this.holes > 0) this.squeeze();
    if (this.head === this.end) this.clear();
    this.block = this.end;
    this.recent.fill(0);
  }

  /** Forget rows up to `upto`. Returns how many there were. */
  trim(upto: number): number {
    const before = this.length;
    if (this.lastSeq <= upto) {
      this.head = this.end;
      this.length = 0;
      return before;
    }
    for (; this.head < this.end && this.seqs[this.head]! <= upto; this.head++) {
      if (this.starts[this.head] !== HOLE) this.length--;
    }
    return before - this.length;
  }

  /** Fill the batch with the first rows that have `after < seq <= upto`. Good until the next change: rows move. */
  read(after: number, upto: number, batch: RowBatch): void {
    batch.count = 0;
    batch.keys = this.keys;
    for (let row = this.rowAfter(after); row < this.end && batch.count < BATCH_ROWS; row++) {
      const seq = this.seqs[row]!;
      if (seq > upto) return;
      const start = this.starts[row]!;
      if (start === HOLE) continue;
      const i = batch.count++;
      batch.seqs[i] = seq;
      batch.starts[i] = start;
      batch.ends[i] = this.ends[row]!;
    }
  }

  /** The first row above `seq` that is not trimmed. */
  private rowAfter(seq: number): number {
    let low = this.head;
    let high = this.end;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.seqs[middle]! <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Enter a row of the last block. Returns whether it took the place of an earlier row of its key, which is a hole now. */
  private remember(row: number, hash: number): boolean {
    const number = row - this.block;
    this.hashes[number] = hash;
    let slot = hash >>> RECENT_SHIFT;
    for (let known = this.recent[slot]!; known !== 0; known = this.recent[slot]!) {
      if (this.hashes[known - 1] === hash && this.haveOneKey(this.block + known - 1, row)) {
        this.recent[slot] = number + 1;
        return this.replace(this.block + known - 1);
      }
      slot = (slot + 1) & (RECENT_SLOTS - 1);
    }
    this.recent[slot] = number + 1;
    return false;
  }

  /** A row that was trimmed is not replaced, since it does not count any more. */
  private replace(row: number): boolean {
    if (row < this.head) return false;
    this.starts[row] = HOLE;
    this.holes++;
    return true;
  }

  private haveOneKey(row: number, other: number): boolean {
    const start = this.starts[row]!;
    const otherStart = this.starts[other]!;
    const length = this.ends[row]! - start;
    if (this.ends[other]! - otherStart !== length) return false;
    for (let i = 0; i < length; i++) if (this.keys[start + i] !== this.keys[otherStart + i]) return false;
    return true;
  }

  /** Close up the holes of the last block. */
  private squeeze(): void {
    let to = this.block;
    let keysTo = this.block === 0 ? 0 : this.ends[this.block - 1]!;
    let head = Math.min(this.head, this.block);
    for (let row = this.block; row < this.end; row++) {
      if (row === this.head) head = to;
      const start = this.starts[row]!;
      if (start === HOLE) continue;
      const end = this.ends[row]!;
      this.keys.copyWithin(keysTo, start, end);
      this.seqs[to] = this.seqs[row]!;
      this.starts[to] = keysTo;
      keysTo += end - start;
      this.ends[to++] = keysTo;
    }
    this.head = this.head === this.end ? to : head;
    this.end = to;
    this.keysEnd = keysTo;
    this.holes = 0;
  }

  /** Start over in the same memory, or in less where a large key was. */
  private clear(): void {
    this.head = this.end = this.keysEnd = 0;
    if (this.keys.length > 2 * KEY_BYTES_FULL) this.keys = Buffer.allocUnsafeSlow(KEY_BYTES_FIRST);
  }

  private makeRoom(keyBytes: number): void {
    if (this.end === this.seqs.length) {
      const rows = 2 * this.end;
      this.seqs = grown(this.seqs, new Float64Array(rows));
      this.starts = grown(this.starts, new Int32Array(rows));
      this.ends = grown(this.ends, new Int32Array(rows));
    }
    const needed = this.keysEnd + keyBytes;
    if (needed > this.keys.length) {
      this.keys = grown(this.keys, Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.keys.length)));
    }
  }
}

function grown<T extends { set(from: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

function copy(from: Bytes, start: number, length: number, to: Buffer, at: number): void {
  if (length > LOOP_BYTES) to.set(from.subarray(start, start + length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[start + i]!;
}
