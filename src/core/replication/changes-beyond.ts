import { bytesToId } from '../model/bytes.js';
import { type Entry, lastWriteOf } from '../model/entry.js';
import type { Steps } from '../model/steps.js';
import type { VersionVector } from '../model/vector.js';
import type { StoreReader } from '../store/store-reader.js';

const ROWS_PER_STEP = 512;

/** Where to go on: the origin, by its place in the order of their names, and its last row that was looked at. */
export interface ChangesCursor {
  readonly origin: number;
  readonly seq: number;
}

export interface ChangesPage {
  /** A key that several rows name may come again in another page. */
  readonly entries: readonly Entry[];
  /** null: that was all. */
  readonly next: ChangesCursor | null;
}

/**
 * What a node has, and one who knows some of the vectors lacks, up to a vector: so each of two islands can be asked, while they do not hear
 * each other, what it changed that the other has not seen.
 */
export function* changesBeyond(
  store: StoreReader,
  known: readonly VersionVector[],
  upto: VersionVector,
  from: ChangesCursor,
  limit: number,
): Steps<ChangesPage> {
  const entries = new Map<string, Entry>();
  const origins = [...upto.seqs.keys()].sort();
  let seq = from.seq;
  for (let at = from.origin; at < origins.length; at++, seq = 0) {
    const origin = origins[at]!;
    const end = upto.get(origin);
    const lowest = Math.min(...known.map((vector) => vector.get(origin)));
    for (let after = Math.max(seq, lowest); after < end; ) {
      const rows = store.rows(origin, after, end, ROWS_PER_STEP);
      for (const { key } of rows) {
        const entry = store.get(key);
        if (entry === undefined) continue;
        const last = lastWriteOf(entry);
        if (known.some((vector) => !vector.covers(last.origin, last.seq))) entries.set(bytesToId(key), entry);
      }
      after = rows.length === ROWS_PER_STEP ? rows[rows.length - 1]!.seq : end;
      if (entries.size >= limit) return { entries: [...entries.values()], next: { origin: at, seq: after } };
      yield;
    }
  }
  return { entries: [...entries.values()], next: null };
}

/** Whether the log still has all rows of which one who knows the vector lacks some. */
export function reachesBack(store: StoreReader, known: VersionVector, upto: VersionVector): boolean {
  return [...upto.seqs.keys()].every((origin) => known.get(origin) >= Math.min(store.floor(origin), upto.get(origin)));
}
