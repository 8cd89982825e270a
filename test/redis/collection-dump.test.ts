import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Collection, dumpOf, partValueOf, takenApart } from '../../src/engines/redis/collection-dump.js';
import { elementsDigest, isSameDump } from '../../src/engines/redis/dump-content.js';
import { checksumOf } from '../../src/engines/redis/dump-version.js';
import '../fast-check.js';

const text = fc.oneof(
  fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
  fc.integer().map(String),
  fc.constantFrom('', '0', '-0', '00', '-1', '127', '128', '-129', '32768', '2147483647', '2147483648', '-2147483648'),
);
const score = fc.double({ noNaN: true }).map((number) => String(number));

const collections: fc.Arbitrary<Collection> = fc.oneof(
  mapOf(text).map((elements) => ({ shape: 'field' as const, elements })),
  mapOf(fc.constant('')).map((elements) => ({ shape: 'member' as const, elements })),
  mapOf(score).map((elements) => ({ shape: 'score' as const, elements })),
);

function mapOf(value: fc.Arbitrary<string>): fc.Arbitrary<ReadonlyMap<string, string>> {
  return fc.array(fc.tuple(text, value), { minLength: 1, maxLength: 100 }).map((pairs) => new Map(pairs));
}

test('what was composed is taken apart to the same elements, and has a checksum', () => {
  fc.assert(
    fc.property(collections, (collection) => {
      const dump = dumpOf(collection);
      expect(takenApart(dump)).toEqual(collection);
      expect(checksumOf(dump.subarray(0, -8))).toEqual(dump.subarray(-8));
    }),
  );
});

test('the same elements are the same dump, in whatever order they came; others are another one', () => {
  fc.assert(
    fc.property(collections, collections, (one, other) => {
      const reversed = { ...one, elements: new Map([...one.elements].reverse()) };
      expect(dumpOf(reversed)).toEqual(dumpOf(one));
      const areSame =
        one.shape === other.shape &&
        JSON.stringify([...one.elements].sort()) === JSON.stringify([...other.elements].sort());
      expect(isSameDump(dumpOf(one), dumpOf(other))).toBe(areSame);
    }),
  );
});

test('a torn or broken dump is not taken apart', () => {
  const dump = dumpOf({ shape: 'field', elements: new Map([['field', 'value']]) });
  for (let length = 0; length < dump.length - 1; length++) expect(takenApart(dump.subarray(0, length))).toBeNull();
  expect(takenApart(Buffer.from('\x07anything at all'))).toBeNull();
});

test.each([22, 23, 24, 25])(
  'a hash whose fields expire, which is dumped as type %i, travels whole, and is the same as no other',
  (type) => {
    const dump = dumpOf({ shape: 'field', elements: new Map([['field', 'value']]) });
    const [one, other] = [Buffer.from(dump), Buffer.from(dump)];
    one[0] = other[0] = type;
    other[3]! ^= 1;
    expect(takenApart(one)).toBeNull();
    expect([isSameDump(one, one), isSameDump(one, other), isSameDump(one, dump)]).toEqual([true, false, false]);
    expect(elementsDigest(one)).toBeNull();
  },
);

test('the value of a part is the bytes of a field, nothing of a member, and a double of a score', () => {
  expect(partValueOf('field', 'a\xff')).toEqual(Buffer.from([0x61, 0xff]));
  expect(partValueOf('member', '')).toHaveLength(0);
  expect(partValueOf('score', '1.5')).toEqual(Buffer.from([0x3f, 0xf8, 0, 0, 0, 0, 0, 0]));
});
