import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bootOf, compareVersions, isAfter, originOf, replicaOf, type Version } from '../../src/core/model/version.js';
import { A, A1, A2, B, B1 } from './samples.js';

const replica = fc.constantFrom(A, B, '0000000000000000', 'ffffffffffffffff');
const boot = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(0xff, 0x100, 0xffffffff));
const origin = fc.tuple(replica, boot).map(([id, number]) => originOf(id, number));
const version: fc.Arbitrary<Version> = fc.record({ hlc: fc.integer({ min: 0, max: 3 }), origin });

test('an origin holds its replica and its boot', () => {
  fc.assert(
    fc.property(replica, boot, (id, number) => {
      const made = originOf(id, number);
      expect([replicaOf(made), bootOf(made)]).toEqual([id, number]);
    }),
  );
});

test('the order of strings is the order of boots, also where the number gets longer', () => {
  const origins = [1, 9, 10, 15, 16, 255, 256, 0xffff, 0x10000, 0xffffffff].map((number) => originOf(A, number));
  expect([...origins].sort()).toEqual(origins);
});

test('the later write overrides, whatever its origin', () => {
  const [early, late] = [
    { hlc: 1, origin: B1 },
    { hlc: 2, origin: A1 },
  ] as const;
  expect(compareVersions(early, late)).toBe('before');
  expect([isAfter(late, early), isAfter(early, late)]).toEqual([true, false]);
});

test('equal timestamps: the greater origin overrides, of one replica the later boot', () => {
  expect(compareVersions({ hlc: 1, origin: B1 }, { hlc: 1, origin: A1 })).toBe('after');
  expect(compareVersions({ hlc: 1, origin: A1 }, { hlc: 1, origin: A2 })).toBe('before');
  expect(isAfter({ hlc: 1, origin: A1 }, { hlc: 1, origin: A1 })).toBe(false);
});

test('total, antisymmetric and transitive', () => {
  const mirrored = { before: 'after', equal: 'equal', after: 'before' } as const;
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      const order = compareVersions(a, b);
      expect(compareVersions(b, a)).toBe(mirrored[order]);
      expect(order === 'equal').toBe(a.hlc === b.hlc && a.origin === b.origin);
      expect(isAfter(a, b)).toBe(order === 'after');
      if (isAfter(a, b) && isAfter(b, c)) expect(isAfter(a, c)).toBe(true);
      if (!isAfter(a, b) && !isAfter(b, c)) expect(isAfter(a, c)).toBe(false);
    }),
  );
});
