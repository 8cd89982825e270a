import type { Bytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Range } from '../replication/messages.js';
import { EntryUnpacker } from './entry-unpacker.js';
import { RowBatch } from './row-batch.js';

/** A row of a range as an object, for callers that look at few of them. */
export interface RangeRow {
  readonly seq: number;
  readonly key: Bytes;
  /** null: it was collected. */
  readonly entry: Entry | null;
}

const batch = new RowBatch();

/** The rows of a range above `after`, as copies. */
export function rowsOf({ rows }: Range, after = 0): RangeRow[] {
  const unpacker = new EntryUnpacker(rows);
  const found: RangeRow[] = [];
  while (unpacker.read(after, batch)) {
    for (let i = 0; i < batch.count; i++) {
      const entry = unpacker.rowEntry(batch.places[i]!);
      found.push({ seq: batch.seqs[i]!, key: entry?.key ?? Buffer.from(batch.key(i)), entry });
    }
  }
  return found;
}
