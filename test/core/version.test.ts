import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bootOf, compareVersions, isAfter, originOf, replicaOf, type Version } from '../../src/core/model/version.js';

const origin = fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 300 })).map(([letter, boot]) => {
  return originOf(letter.repeat(16), boot);
});
const version: fc.Arbitrary<Version> = fc.record({ hlc: fc.integer({ min: 0, max: 3 }), origin });

describe('versions', () => {
  test('are in a total order: one before, the other after, or both the same', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        const opposite = { before: 'after', after: 'before', equal: 'equal' } as const;
        expect(compareVersions(b, a)).toBe(opposite[compareVersions(a, b)]);
        expect(compareVersions(a, b) === 'equal').toBe(a.hlc === b.hlc && a.origin === b.origin);
        expect(isAfter(a, b)).toBe(compareVersions(a, b) === 'after');
      }),
    );
  });

  test('are in a transitive order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        if (isAfter(a, b) && isAfter(b, c)) expect(isAfter(a, c)).toBe(true);
      }),
    );
  });

  test('a later boot of a replica is greater at an equal timestamp', () => {
    const at = (boot: number): Version => ({ hlc: 7, origin: originOf('a'.repeat(16), boot) });
    expect(isAfter(at(16), at(9))).toBe(true);
  });

  test('an origin gives back its replica and its boot', () => {
    const id = originOf('0123456789abcdef', 0xfffffffe);
    expect([replicaOf(id), bootOf(id)]).toEqual(['0123456789abcdef', 0xfffffffe]);
  });
});
