import type { Range } from '../../../src/core/replication/messages.js';
import { EntryPacker } from '../../../src/core/store/entry-packer.js';
import type { Span } from '../../../src/core/store/packed-entries.js';
import type { RangeRow } from '../../../src/core/store/ranges.js';

/** A range of such rows, which are in ascending order; an entry has the key of its row. */
export function rangeOf({ origin, from, upto }: Span, rows: readonly RangeRow[] = []): Range {
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  for (const { seq, key, entry } of rows) packer.addRow(origin, seq, key, entry);
  return { origin, from, upto, rows: packer.take()[0]! };
}
