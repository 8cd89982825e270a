import { type Bytes, bytesToId } from './bytes.js';
import type { Origin } from './version.js';

export interface LogRow {
  readonly seq: number;
  readonly key: Bytes;
}

/** See {@link ChangeLog}. Smaller: slices of a range can be smaller; larger: a hot key takes fewer rows. */
const BLOCK = 64;

/**
 * R4: per origin, sequence number → key, for the changes that some member has not yet acknowledged.
 *
 * A later write of one origin to one key replaces the earlier row, so sequences may have gaps; but only within a block of
 * 64 numbers. A range that ends before the replacing row says that the receiver has the replaced write, which it would not
 * (R3). So a range ends at the end of a block, where no row inside has been replaced by one outside, or with the log.
 */
export class ChangeLog {
  private readonly origins = new Map<Origin, OriginLog>();

  get length(): number {
    let rows = 0;
    for (const log of this.origins.values()) rows += log.length;
    return rows;
  }

  /** Adds a row. Rows of an origin must come in ascending order; a row at or below the last one is ignored. */
  append(origin: Origin, seq: number, key: Bytes): void {
    let log = this.origins.get(origin);
    if (log === undefined) {
      log = new OriginLog();
      this.origins.set(origin, log);
    }
    log.append(seq, key);
  }

  /** Up to `limit` rows with `after < seq <= upto`, ascending. */
  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.origins.get(origin)?.rows(after, upto, limit) ?? [];
  }

  /** Forget the rows up to `upto`; they cannot be served from here any more. */
  trim(origin: Origin, upto: number): void {
    let log = this.origins.get(origin);
    if (log === undefined) {
      log = new OriginLog();
      this.origins.set(origin, log);
    }
    log.trim(upto);
  }

  /** The highest trimmed sequence number: ranges can be served only from here on. 0 if nothing was trimmed. */
  floor(origin: Origin): number {
    return this.origins.get(origin)?.floor ?? 0;
  }

  /** The highest sequence number that {@link append} would ignore now: the last row's, or the floor. */
  last(origin: Origin): number {
    return this.origins.get(origin)?.last ?? 0;
  }

  /** Drop all that is known of an origin (R7: it is retired). */
  remove(origin: Origin): void {
    this.origins.delete(origin);
  }

  lengthOf(origin: Origin): number {
    return this.origins.get(origin)?.length ?? 0;
  }

  list(): Origin[] {
    return [...this.origins.keys()];
  }
}

/** The last number of the block that `seq` is in. */
export function blockEnd(seq: number): number {
  return Math.ceil(seq / BLOCK) * BLOCK;
}

/** The greatest end of a block up to `seq`; 0 if there is none. */
export function blockEndBefore(seq: number): number {
  return seq === Number.POSITIVE_INFINITY ? seq : Math.floor(seq / BLOCK) * BLOCK;
}

/** Ascending rows with replaced ones left as holes, squeezed out when they are more than half. */
class OriginLog {
  floor = 0;
  private seqs: number[] = [];
  private keys: (Bytes | null)[] = [];
  private head = 0;
  private holes = 0;
  /** key → its last row's sequence number. */
  private readonly rowOf = new Map<string, number>();

  get length(): number {
    return this.seqs.length - this.head - this.holes;
  }

  get last(): number {
    return Math.max(this.floor, this.seqs[this.seqs.length - 1] ?? 0);
  }

  append(seq: number, key: Bytes): void {
    if (seq <= this.last) return;
    const id = bytesToId(key);
    const replaced = this.rowOf.get(id);
    if (replaced !== undefined && blockEnd(replaced) >= seq) {
      this.keys[this.indexAfter(replaced - 1)] = null;
      this.holes++;
    }
    this.rowOf.set(id, seq);
    this.seqs.push(seq);
    this.keys.push(key);
    if (this.holes + this.head > 64 && (this.holes + this.head) * 2 > this.seqs.length) this.squeeze();
  }

  rows(after: number, upto: number, limit: number): LogRow[] {
    const found: LogRow[] = [];
    for (let i = this.indexAfter(after); i < this.seqs.length && found.length < limit; i++) {
      const seq = this.seqs[i]!;
      if (seq > upto) break;
      const key = this.keys[i];
      if (key != null) found.push({ seq, key });
    }
    return found;
  }

  trim(upto: number): void {
    if (upto > this.floor) this.floor = upto;
    while (this.head < this.seqs.length && this.seqs[this.head]! <= upto) {
      const key = this.keys[this.head];
      if (key == null) this.holes--;
      else this.forgetRow(key, this.seqs[this.head]!);
      this.keys[this.head] = null;
      this.head++;
    }
    if (this.head > 64 && this.head * 2 > this.seqs.length) this.squeeze();
  }

  private forgetRow(key: Bytes, seq: number): void {
    const id = bytesToId(key);
    if (this.rowOf.get(id) === seq) this.rowOf.delete(id);
  }

  /** The index of the first row with a sequence number above `seq`. */
  private indexAfter(seq: number): number {
    let low = this.head;
    let high = this.seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.seqs[middle]! <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private squeeze(): void {
    const seqs: number[] = [];
    const keys: (Bytes | null)[] = [];
    for (let i = this.head; i < this.seqs.length; i++) {
      if (this.keys[i] == null) continue;
      seqs.push(this.seqs[i]!);
      keys.push(this.keys[i]!);
    }
    // The last sequence number guards the ascending order, so it stays even as a hole.
    const last = this.seqs[this.seqs.length - 1];
    this.holes = 0;
    if (last !== undefined && seqs[seqs.length - 1] !== last) {
      seqs.push(last);
      keys.push(null);
      this.holes = 1;
    }
    this.seqs = seqs;
    this.keys = keys;
    this.head = 0;
  }
}
