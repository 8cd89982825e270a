import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { fullKey } from '../../src/core/model/entry.js';
import {
  countFrom,
  expiryFrom,
  isPartKey,
  nameOf,
  PART,
  type PartKind,
  partKey,
  partKindOf,
  scoreIn,
  wholeKeyOf,
} from '../../src/core/model/parts.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const kinds = fc.constantFrom<PartKind>(...Object.values(PART));

test('the key of a part says its whole, its kind and its name, whatever bytes they are', () => {
  fc.assert(
    fc.property(fc.nat(15), bytes, kinds, bytes, (database, key, kind, name) => {
      const part = partKey(kind, fullKey(database, key), name);
      expect(isPartKey(part)).toBe(true);
      expect(partKindOf(part)).toBe(kind);
      expect([...wholeKeyOf(part)]).toEqual([database, ...key]);
      expect([...nameOf(part)]).toEqual([...name]);
    }),
  );
});

test.each([
  ['no length', [0x10]],
  ['a length without an end', [0x10, 0x80, 0x80]],
  ['a length of too many bytes', [0x10, 0x80, 0x80, 0x80, 0x80, 0x80, 1]],
  ['a length beyond its end', [0x10, 5, 1, 2]],
  ['a kind that there is not', [0x60, 0]],
  ['the key of a whole', [0, 1, 2]],
  ['nothing', []],
])('a key with %s is that of a whole', (_what, key) => {
  expect(isPartKey(Uint8Array.from(key))).toBe(false);
});

test('values that no node writes are read as what says nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (value) => {
      expect(Number.isNaN(scoreIn(value))).toBe(false);
      expect(typeof countFrom(value).sum).toBe('bigint');
      expect(typeof expiryFrom(value).base.origin).toBe('string');
    }),
  );
});
