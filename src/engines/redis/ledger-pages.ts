import type { Storage } from '../../core/store/store.js';
import { decodeRow, encodeRow, type KeptRow, type Page, type Row } from './ledger-row.js';

/**
 * How the ledger is kept with the node's data: rows that came together are one record, since a record for each key was most of
 * what it took to apply one. A record names the rows that are left of it, and is written anew when one of them changes.
 */
export class LedgerPages {
  private number = 0;
  /** The page that new rows go to until the end of what happens together. */
  private open: Page | null = null;
  private readonly changed = new Set<Page>();
  private depth = 0;

  constructor(private readonly storage: Storage) {}

  /** The rows in the order in which they came. Those that an earlier version of the program kept one by one are kept anew. */
  load(): Row[] {
    const rows: Row[] = [];
    const numbers = this.storage.metaNames(PREFIX).map((name) => Number(name.slice(PREFIX.length)));
    for (const number of numbers.sort((a, b) => a - b)) rows.push(...this.loadPage(number));
    this.together(() => {
      for (const name of this.storage.metaNames(SINGLE)) {
        const kept = this.storage.getMeta(name) as number | unknown[];
        const row = decodeRow([name.slice(SINGLE.length), ...(Array.isArray(kept) ? kept : [kept])] as KeptRow);
        rows.push(row);
        this.put(row);
        this.storage.setMeta(name, undefined);
      }
    });
    return rows;
  }

  /**
   * The rows that change in `work`, which takes no longer than this turn, are recorded once, at its end: so with what else
   * happened there to the node's data, in the same frame of the journal.
   */
  together<T>(work: () => T): T {
    this.depth++;
    try {
      return work();
    } finally {
      if (--this.depth === 0) this.record();
    }
  }

  /** A row that is new, or has changed. */
  put(row: Row): void {
    if (row.page === null) {
      if (this.open === null || this.open.left >= ROWS_MAX) this.open = this.newPage();
      row.page = this.open;
      row.page.rows.push(row);
      row.page.left++;
    }
    this.note(row.page);
  }

  remove(row: Row): void {
    const { page } = row;
    if (page === null) return;
    row.page = null;
    page.left--;
    this.note(page);
  }

  private note(page: Page): void {
    this.changed.add(page);
    if (this.depth === 0) this.record();
  }

  private record(): void {
    this.open = null;
    for (const page of this.changed) this.write(page);
    this.changed.clear();
  }

  private write(page: Page): void {
    if (page.left === 0) {
      page.rows = [];
      if (page.isKept) this.storage.setMeta(page.name, undefined);
      page.isKept = false;
      return;
    }
    if (page.left < page.rows.length) page.rows = page.rows.filter((row) => row.page === page);
    this.storage.setMeta(page.name, page.rows.map(encodeRow));
    page.isKept = true;
  }

  private newPage(): Page {
    return { name: PREFIX + ++this.number, rows: [], left: 0, isKept: false };
  }

  private loadPage(number: number): Row[] {
    this.number = Math.max(this.number, number);
    const name = PREFIX + number;
    const rows = (this.storage.getMeta(name) as KeptRow[]).map(decodeRow);
    const page = { name, rows, left: rows.length, isKept: true };
    for (const row of rows) row.page = page;
    return rows;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/keys/';
const SINGLE = 'redis/key/';
/** Where the rows of one are settled one after the other, it is written so often, and each time with what is left. */
const ROWS_MAX = 64;
