import type { Row } from './ledger-row.js';

/** How many of those that wait longest are looked at for one that counts. */
const LOOKED_AT_MAX = 1000;

/** Rows that wait to be written to Redis, in the order in which they came. */
export class WaitingRows implements Iterable<Row> {
  size = 0;
  private first: Row | null = null;
  private last: Row | null = null;

  constructor(private readonly monoMs: () => number) {}

  has(row: Row): boolean {
    return row === this.first || row.before !== null;
  }

  /** One that waits already keeps its place. */
  add(row: Row): void {
    if (this.has(row)) return;
    row.before = this.last;
    if (this.last === null) this.first = row;
    else this.last.after = row;
    this.last = row;
    // In whole milliseconds of 32 bits, which take no memory of their own.
    row.sinceMs = this.monoMs() | 0;
    this.size++;
  }

  delete(row: Row): void {
    if (!this.has(row)) return;
    if (row.before === null) this.first = row.after;
    else row.before.after = row.after;
    if (row.after === null) this.last = row.before;
    else row.after.before = row.before;
    row.before = row.after = null;
    this.size--;
  }

  *[Symbol.iterator](): Iterator<Row> {
    for (let row = this.first; row !== null; row = row.after) yield row;
  }

  /** For how long the first of them has been waiting, without those that do not count; 0: none. */
  ageMs(counts: (id: string) => boolean): number {
    let looked = 0;
    for (const row of this) {
      if (counts(row.id)) return Math.max(0, (this.monoMs() - row.sinceMs) | 0);
      if (++looked === LOOKED_AT_MAX) break;
    }
    return 0;
  }
}
