import type { Bytes } from '../../../core/model/bytes.js';
import type { Hlc } from '../../../core/model/hlc.js';
import type { PartKind } from '../../../core/model/parts.js';
import { FOLDED_EXPIRES, FOLDED_SEVERAL } from './assembly/layout.js';

/**
 * What is in the mark of a key whose parts are folded into it (see Folds):
 *
 *     u8 where the first row begins · u8 kind of the parts (3 bits), 8: they are plain, 16: they have an expiry, whose part is the last row,
 *     32: several origins
 *     [f64 that expiry] · changes · the least HLC · least sequence number · how many origins · number of each
 *     HLC of the newest version less the least · number of its origin · HLC of the oldest less the least
 *     rows: length of the name · length of the value · u8 lowest bits of the hash of the row's key · [u8 which of the origins, if there are several]
 *           HLC less the least · sequence number less the least · name · value
 *
 * Numbers are of as many bytes as they need, the lowest seven bits first (LEB128), but where it says how many. Rows are in the order of the
 * hashes of their keys, but for the expiry's.
 */
export interface FoldedHead {
  readonly kind: PartKind;
  /** As Owner.plain says it. */
  readonly isPlain: boolean;
  readonly newestHlc: Hlc;
  /** Its number in the store. */
  readonly newestOrigin: number;
  readonly oldest: Hlc;
  readonly changes: number;
  /** 0: it has none. */
  readonly expiryMs: number;
}

/** One of them, and where its name and its value lie in some bytes. */
export interface FoldedRow {
  /** Of its full key. */
  readonly hash: number;
  readonly bytes: Buffer;
  readonly nameStart: number;
  readonly nameLength: number;
  readonly valueStart: number;
  readonly valueLength: number;
  readonly hlc: Hlc;
  readonly seq: number;
  /** Its number in the store. */
  readonly origin: number;
}

/** null: it would take more than FOLDED_BYTES_MAX, or the rows are of too many origins. Good until the next call. */
export function foldedBytes(head: FoldedHead, rows: readonly FoldedRow[]): Bytes | null {
  let leastHlc = Math.min(head.oldest, head.newestHlc);
  let leastSeq = Number.POSITIVE_INFINITY;
  let bytes = HEAD_BYTES_MAX;
  const origins: number[] = [];
  for (const { hlc, seq, origin, nameLength, valueLength } of rows) {
    if (hlc < leastHlc) leastHlc = hlc;
    if (seq < leastSeq) leastSeq = seq;
    bytes += nameLength + valueLength + ROW_HEAD_BYTES_MAX;
    if (!origins.includes(origin)) origins.push(origin);
  }
  if (bytes > FOLDED_BYTES_MAX || origins.length > ORIGINS_MAX) return null;
  const hasSeveral = origins.length > 1;
  scratch[1] =
    head.kind |
    (head.isPlain ? PLAIN : 0) |
    (head.expiryMs === 0 ? 0 : FOLDED_EXPIRES) |
    (hasSeveral ? FOLDED_SEVERAL : 0);
  let at = head.expiryMs === 0 ? 2 : scratch.writeDoubleLE(head.expiryMs, 2);
  at = putNumber(at, head.changes);
  at = putNumber(at, leastHlc);
  at = putNumber(at, leastSeq);
  at = putNumber(at, origins.length);
  for (const origin of origins) at = putNumber(at, origin);
  at = putNumber(at, head.newestHlc - leastHlc);
  at = putNumber(at, head.newestOrigin);
  at = putNumber(at, head.oldest - leastHlc);
  scratch[0] = at;
  for (const row of rows) {
    at = putNumber(at, row.nameLength);
    at = putNumber(at, row.valueLength);
    scratch[at++] = row.hash;
    if (hasSeveral) scratch[at++] = origins.indexOf(row.origin);
    at = putNumber(at, row.hlc - leastHlc);
    at = putNumber(at, row.seq - leastSeq);
    at = putBytes(at, row.bytes, row.nameStart, row.nameLength);
    at = putBytes(at, row.bytes, row.valueStart, row.valueLength);
  }
  return scratch.subarray(0, at);
}

/** Reads such bytes, which lie from `start` to before `end`; good until the store changes. */
export class FoldedReader implements FoldedHead {
  readonly kind: PartKind;
  readonly isPlain: boolean;
  readonly expiryMs: number;
  readonly changes: number;
  readonly newestHlc: Hlc;
  readonly newestOrigin: number;
  readonly oldest: Hlc;
  private readonly leastHlc: Hlc;
  private readonly leastSeq: number;
  private readonly origins: number[] = [];
  private readonly first: number;
  private at: number;
  private nameLength = 0;
  private valueLength = 0;
  /** Of the row that was read last: the lowest bits of the hash of its key. */
  hashByte = 0;
  isExpiry = false;
  hlc: Hlc = 0;
  seq = 0;
  /** Its number in the store. */
  origin = 0;

  constructor(
    private readonly bytes: Buffer,
    start: number,
    private readonly end: number,
  ) {
    const flags = bytes[start + 1]!;
    this.first = start + bytes[start]!;
    this.kind = (flags & KIND_MASK) as PartKind;
    this.isPlain = (flags & PLAIN) !== 0;
    const expires = (flags & FOLDED_EXPIRES) !== 0;
    this.expiryMs = expires ? bytes.readDoubleLE(start + 2) : 0;
    this.at = start + (expires ? 10 : 2);
    this.changes = this.number();
    this.leastHlc = this.number();
    this.leastSeq = this.number();
    for (let count = this.number(); count > 0; count--) this.origins.push(this.number());
    this.newestHlc = this.leastHlc + this.number();
    this.newestOrigin = this.number();
    this.oldest = this.leastHlc + this.number();
    this.at = this.first;
  }

  /** Goes on to the next row; false: there is none, and it begins anew. */
  next(): boolean {
    if (this.at >= this.end) {
      this.at = this.first;
      this.nameLength = this.valueLength = 0;
      return false;
    }
    this.nameLength = this.number();
    this.valueLength = this.number();
    this.hashByte = this.bytes[this.at++]!;
    this.origin = this.origins[this.origins.length > 1 ? this.bytes[this.at++]! : 0]!;
    this.hlc = this.leastHlc + this.number();
    this.seq = this.leastSeq + this.number();
    this.at += this.nameLength + this.valueLength;
    this.isExpiry = this.at === this.end && this.expiryMs !== 0;
    return true;
  }

  /** Whether it is the name of the row, and no expiry, that lies in `bytes` from `from` on to the end. */
  hasName(bytes: Bytes, from: number): boolean {
    const { nameLength } = this;
    if (bytes.length - from !== nameLength) return false;
    const start = this.at - this.valueLength - nameLength;
    for (let i = 0; i < nameLength; i++) if (this.bytes[start + i] !== bytes[from + i]) return false;
    return true;
  }

  /** A copy. */
  get name(): Bytes {
    return this.copy(this.at - this.valueLength - this.nameLength, this.nameLength);
  }

  /** A copy. */
  get value(): Bytes {
    return this.copy(this.at - this.valueLength, this.valueLength);
  }

  private copy(start: number, length: number): Bytes {
    return Buffer.from(this.bytes.subarray(start, start + length));
  }

  private number(): number {
    const { bytes } = this;
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[this.at++]!;
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  }
}

/** The expiry alone; 0: it has none. */
export function foldedExpiry(bytes: Buffer): number {
  return (bytes[1]! & FOLDED_EXPIRES) === 0 ? 0 : bytes.readDoubleLE(2);
}

/** Larger ones stay as they are: what each part takes of its own says little there. */
const FOLDED_BYTES_MAX = 4096;

// ---

const KIND_MASK = 7;
const PLAIN = 8;
/** Up to 2^53. */
const NUMBER_BYTES_MAX = 8;
const ROW_HEAD_BYTES_MAX = 2 + 4 * NUMBER_BYTES_MAX;
/** The numbers of more could make the head longer than a byte can say. */
const ORIGINS_MAX = 20;
const HEAD_BYTES_MAX = 10 + (7 + ORIGINS_MAX) * NUMBER_BYTES_MAX;
/** Up to this length a loop is faster than a call into the runtime. */
const LOOP_BYTES = 64;
const scratch = Buffer.allocUnsafeSlow(FOLDED_BYTES_MAX);

function putBytes(at: number, bytes: Buffer, start: number, length: number): number {
  if (length > LOOP_BYTES) bytes.copy(scratch, at, start, start + length);
  else for (let i = 0; i < length; i++) scratch[at + i] = bytes[start + i]!;
  return at + length;
}

function putNumber(start: number, number: number): number {
  let at = start;
  let rest = number;
  for (; rest >= 128; rest = Math.floor(rest / 128)) scratch[at++] = 128 | (rest % 128);
  scratch[at++] = rest;
  return at;
}
