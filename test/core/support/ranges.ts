import { EntryPacker } from '../../../src/core/entry-packer.js';
import type { Range } from '../../../src/core/messages.js';
import type { Span } from '../../../src/core/packed-entries.js';
import type { RangeRow } from '../../../src/core/ranges.js';

/** A range of such rows, which are in ascending order; an entry has the key of its row. */
export function rangeOf({ origin, from, upto }: Span, rows: readonly RangeRow[] = []): Range {
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  for (const { seq, key, entry } of rows) packer.addRow(origin, seq, key, entry);
  return { origin, from, upto, rows: packer.take()[0]! };
}
