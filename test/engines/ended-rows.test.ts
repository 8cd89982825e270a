import { expect, test } from '@jest/globals';
import type { Bytes } from '../../src/core/model/bytes.js';
import type { Entry } from '../../src/core/model/entry.js';
import { fullKey } from '../../src/core/model/entry.js';
import { PART, partKey } from '../../src/core/model/parts.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { rangeOf } from '../core/support/ranges.js';
import { ORIGINS } from './support/entries.js';

const [ONE = '', OTHER = ''] = ORIGINS;
const WHOLE = fullKey(0, Buffer.from('h'));
const FIELD = partKey(PART.field, WHOLE, Buffer.from('f'));

function entryOf(key: Bytes, value: string | null, hlc: number, origin: string, seq: number): Entry {
  return { key, value: value === null ? null : Buffer.from(value), hlc, origin, seq, expiryMs: 0 };
}

test('the row of a part that has ended goes as the whole that ended it, while an older part is not forgotten yet', () => {
  const store = new SlabStore();
  store.put(entryOf(FIELD, 'older', 1, OTHER, 1));
  store.put(entryOf(WHOLE, null, 3, OTHER, 2));
  const span = { origin: ONE, from: 0, upto: 1 };
  const entry = entryOf(FIELD, 'newer', 2, ONE, 1);
  store.receive(rangeOf(span, [{ seq: 1, key: FIELD, entry }]), null);
  const packer = new EntryPacker(Number.POSITIVE_INFINITY);
  store.packRange(ONE, span.from, span.upto, Number.POSITIVE_INFINITY, packer);
  const rows = rowsOf({ ...span, rows: packer.take()[0]! });
  expect(rows.map((row) => row.entry)).toMatchObject([{ hlc: 3, value: null }]);
});
