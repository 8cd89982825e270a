import { type Bytes, hashBytes } from '../model/bytes.js';
import type { Origin } from '../model/version.js';
import { BLOCK, LogChunk } from './log-chunk.js';
import { RowBatch } from './row-batch.js';

export interface LogRow {
  readonly seq: number;
  readonly key: Bytes;
}

/**
 * R4: per origin, sequence number → key, for the changes that some member has not yet acknowledged.
 *
 * A later write of one origin to one key replaces the earlier row, so sequences may have gaps; but only within a block of
 * 64 numbers. A range that ends before the replacing row says that the receiver has the replaced write, which it would not
 * (R3). So a range ends at the end of a block, where no row inside has been replaced by one outside, or with the log.
 */
export class ChangeLog {
  private readonly origins = new Map<Origin, OriginLog>();
  /** The latest origin asked for and its log: nearly all calls of a turn are about one. */
  private recent: Origin | null = null;
  private recentLog: OriginLog | undefined;
  private readonly batch = new RowBatch();

  get length(): number {
    let rows = 0;
    for (const log of this.origins.values()) rows += log.length;
    return rows;
  }

  /**
   * Adds a row. Rows of an origin must come in ascending order; a row at or below the last one is ignored. The key is
   * copied. `hash`: hashBytes of the key, if the caller has it. `start`, `end`: where the key is in `key`, if it is only a part.
   */
  append(origin: Origin, seq: number, key: Bytes, hash = hashBytes(key), start = 0, end = key.length): void {
    (this.logOf(origin) ?? this.newLog(origin)).append(seq, key, start, end, hash);
  }

  /** Up to `limit` rows with `after < seq <= upto`, ascending. */
  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    const { batch } = this;
    const found: LogRow[] = [];
    for (let last = after; found.length < limit && this.read(origin, last, upto, batch); ) {
      const count = Math.min(batch.count, limit - found.length);
      // Copies: a key may be kept for longer than the log has it.
      for (let i = 0; i < count; i++) found.push({ seq: batch.seqs[i]!, key: Buffer.from(batch.key(i)) });
      last = batch.seqs[batch.count - 1]!;
    }
    return found;
  }

  /** Fill the batch with the first rows that have `after < seq <= upto`. Returns whether there are any. Good until the next change. */
  read(origin: Origin, after: number, upto: number, batch: RowBatch): boolean {
    const log = this.logOf(origin);
    if (log === undefined) return false;
    log.read(after, upto, batch);
    return batch.count > 0;
  }

  /** Forget the rows up to `upto`; they cannot be served from here any more. */
  trim(origin: Origin, upto: number): void {
    (this.logOf(origin) ?? this.newLog(origin)).trim(upto);
  }

  /** The highest trimmed sequence number: ranges can be served only from here on. 0 if nothing was trimmed. */
  floor(origin: Origin): number {
    return this.logOf(origin)?.floor ?? 0;
  }

  /** The highest sequence number that {@link append} would ignore now: the last row's, or the floor. */
  last(origin: Origin): number {
    return this.logOf(origin)?.last ?? 0;
  }

  /** Drop all that is known of an origin (R7: it is retired). */
  remove(origin: Origin): void {
    this.origins.delete(origin);
    this.recent = null;
  }

  lengthOf(origin: Origin): number {
    return this.logOf(origin)?.length ?? 0;
  }

  list(): Origin[] {
    return [...this.origins.keys()];
  }

  private logOf(origin: Origin): OriginLog | undefined {
    if (origin === this.recent) return this.recentLog;
    this.recentLog = this.origins.get(origin);
    this.recent = origin;
    return this.recentLog;
  }

  private newLog(origin: Origin): OriginLog {
    const log = new OriginLog();
    this.origins.set(origin, log);
    this.recent = origin;
    this.recentLog = log;
    return log;
  }
}

/** The last number of the block that `seq` is in. */
export function blockEnd(seq: number): number {
  return Math.ceil(seq / BLOCK) * BLOCK;
}

/** The first number of the block that `seq` is in. */
export function firstOfBlock(seq: number): number {
  return blockEnd(seq) - BLOCK + 1;
}

/**
 * The rows of one origin, in chunks outside the JavaScript heap. The rows of a block are all in one chunk, so only the last
 * chunk is ever looked into for a row to replace.
 */
class OriginLog {
  floor = 0;
  /** Rows that are neither replaced nor trimmed. */
  length = 0;
  private lastSeq = 0;
  /** None of them is empty, except perhaps the last one. */
  private chunks: LogChunk[] = [];
  /** Trimmed ones: a log that is trimmed as fast as it grows needs no new memory. */
  private spares: LogChunk[] = [];
  /** The end of the block that the last row is in. */
  private blockEnd = 0;

  get last(): number {
    return Math.max(this.floor, this.lastSeq);
  }

  append(seq: number, bytes: Bytes, start: number, end: number, hash: number): void {
    if (seq <= this.last) return;
    const isNewBlock = seq > this.blockEnd;
    let chunk = this.chunks[this.chunks.length - 1];
    if (isNewBlock) {
      this.blockEnd = blockEnd(seq);
      chunk?.endBlock();
    }
    if (chunk === undefined || (isNewBlock && chunk.isFull)) {
      chunk = this.spares.pop() ?? new LogChunk(chunk !== undefined);
      this.chunks.push(chunk);
    }
    if (!chunk.append(seq, bytes, start, end, hash)) this.length++;
    this.lastSeq = seq;
  }

  read(after: number, upto: number, batch: RowBatch): void {
    batch.count = 0;
    // The rows that a chunk has above `after` may all be trimmed ones.
    for (let i = this.chunkAfter(after); i < this.chunks.length && batch.count === 0; i++) {
      const chunk = this.chunks[i]!;
      chunk.read(after, upto, batch);
      if (chunk.lastSeq >= upto) return;
    }
  }

  trim(upto: number): void {
    if (upto <= this.floor) return;
    this.floor = upto;
    let whole = 0;
    for (const chunk of this.chunks) {
      this.length -= chunk.trim(upto);
      if (chunk.length > 0) break;
      whole++;
    }
    // The last chunk stays, empty, for the rows to come.
    const trimmed = this.chunks.splice(0, Math.min(whole, this.chunks.length - 1));
    for (const chunk of trimmed) if (this.spares.length < SPARES_MAX && chunk.restart()) this.spares.push(chunk);
  }

  /** The index of the first chunk with a row above `seq`. */
  private chunkAfter(seq: number): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.chunks[middle]!.lastSeq <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** About a megabyte. */
const SPARES_MAX = 32;
