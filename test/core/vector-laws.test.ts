import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY_VECTOR, FLOOR_ALL, type VectorData, VersionVector } from '../../src/core/model/vector.js';
import { originOf } from '../../src/core/model/version.js';
import { A, A1, A2, A3, B, B1, C1, vector, vectorData } from './samples.js';

const REPLICAS = [A, B];
const ORIGINS = REPLICAS.flatMap((replica) => [1, 2, 3].map((boot) => originOf(replica, boot)));
const data: fc.Arbitrary<VectorData> = fc.record({
  seqs: fc.dictionary(fc.constantFrom(...ORIGINS), fc.integer({ min: 1, max: 4 })),
  floors: fc.dictionary(fc.constantFrom(...REPLICAS), fc.integer({ min: 1, max: 4 })),
});
const anyVector = data.map((one) => VersionVector.from(one));

/** What a vector says, whatever it lists. */
function positions(one: VersionVector): number[] {
  return ORIGINS.map((origin) => one.get(origin));
}

function merged(...vectors: VersionVector[]): VersionVector {
  const all = new VersionVector();
  for (const one of vectors) all.merge(one);
  return all;
}

test('an empty vector covers nothing but the start of every origin', () => {
  const empty = VersionVector.from(EMPTY_VECTOR);
  const said = [empty.get(A1), empty.covers(A1, 0), empty.covers(A1, 1), empty.isRetired(A1), empty.coversAll(empty)];
  expect(said).toEqual([0, true, false, false, true]);
});

describe('retired origins', () => {
  test('are covered whole and no longer listed; later boots are as they were', () => {
    const one = vector({ [A1]: 5, [A2]: 7, [B1]: 1 });
    one.retire(A, 2);
    expect([one.get(A1), one.get(A2), one.get(B1)]).toEqual([Number.POSITIVE_INFINITY, 7, 1]);
    expect(one.toData()).toEqual({ seqs: { [A2]: 7, [B1]: 1 }, floors: { [A]: 2 } });
  });

  test('do not come back by an advance or a merge, and a lower floor changes nothing', () => {
    const one = vector({}, { [A]: 3 });
    one.advance(A2, 9);
    one.merge(vector({ [A1]: 1, [A3]: 2 }, { [A]: 2 }));
    expect(one.toData()).toEqual(vectorData({ [A3]: 2 }, { [A]: 3 }));
  });

  test('a former member is retired for good, its last boot included', () => {
    const one = vector({ [A1]: 5, [originOf(A, 0xfffffffe)]: 1 });
    one.retire(A, FLOOR_ALL);
    expect(one.toData().seqs).toEqual({});
    expect(one.isRetired(originOf(A, 0xfffffffe))).toBe(true);
  });

  test('are never lacked, and floors of the other alone are no lack', () => {
    expect(vector({}, { [A]: 2 }).lackOf(vector({ [A1]: 5, [A2]: 3 }))).toBe(3);
    expect(vector().lackOf(vector({}, { [A]: 9 }))).toBe(0);
    expect(vector().coversAll(vector({}, { [A]: 9 }))).toBe(true);
  });
});

test('the lack is the number of writes that the other lists beyond this one', () => {
  expect(vector({ [A1]: 3, [B1]: 9 }).lackOf(vector({ [A1]: 5, [B1]: 2, [C1]: 4 }))).toBe(6);
});

test('coversWhere looks at the origins of the accepted replicas only', () => {
  const [one, other] = [vector({ [A1]: 3 }), vector({ [A1]: 3, [B1]: 1 })];
  expect(one.coversWhere(other, (replica) => replica === A)).toBe(true);
  expect(one.coversWhere(other, (replica) => replica === B)).toBe(false);
});

test('a clone goes its own way', () => {
  const one = vector({ [A1]: 1 });
  const copy = one.clone();
  copy.advance(A1, 2);
  copy.retire(B, 5);
  expect(one.toData()).toEqual(vectorData({ [A1]: 1 }));
});

describe('laws', () => {
  test('a vector survives the way through JSON, without what its floors make superfluous', () => {
    fc.assert(
      fc.property(data, (one) => {
        const first = VersionVector.from(one);
        const again = VersionVector.from(JSON.parse(JSON.stringify(first.toData())) as VectorData);
        expect(positions(again)).toEqual(positions(first));
        expect(again.toData()).toEqual(first.toData());
        for (const origin of Object.keys(first.toData().seqs)) expect(first.isRetired(origin)).toBe(false);
      }),
    );
  });

  test('merge takes the greater position of every origin, so it is idempotent, commutative and associative', () => {
    fc.assert(
      fc.property(anyVector, anyVector, anyVector, (a, b, c) => {
        const [atA, atB] = [positions(a), positions(b)];
        expect(positions(merged(a, b))).toEqual(atA.map((seq, i) => Math.max(seq, atB[i]!)));
        expect(merged(a, a).toData()).toEqual(a.toData());
        expect(merged(b, a).toData()).toEqual(merged(a, b).toData());
        expect(merged(merged(a, b), c).toData()).toEqual(merged(a, merged(b, c)).toData());
      }),
    );
  });

  test('a merged vector covers both, and a vector that covers another lacks nothing of it', () => {
    fc.assert(
      fc.property(anyVector, anyVector, (a, b) => {
        const both = merged(a, b);
        expect(both.coversAll(a) && both.coversAll(b)).toBe(true);
        expect(both.lackOf(a) + both.lackOf(b)).toBe(0);
        expect(a.coversAll(b)).toBe(a.lackOf(b) === 0);
      }),
    );
  });

  test('no call ever lowers a position', () => {
    const call = fc.oneof(
      fc.tuple(fc.constantFrom(...ORIGINS), fc.nat(9)).map(([origin, seq]) => (v: VersionVector) => {
        v.advance(origin, seq);
      }),
      fc.tuple(fc.constantFrom(...REPLICAS), fc.nat(5)).map(([replica, boot]) => (v: VersionVector) => {
        v.retire(replica, boot);
      }),
      anyVector.map((other) => (v: VersionVector) => v.merge(other)),
    );
    fc.assert(
      fc.property(anyVector, fc.array(call), (one, calls) => {
        for (const change of calls) {
          const before = positions(one);
          change(one);
          expect(positions(one).every((seq, i) => seq >= before[i]!)).toBe(true);
        }
      }),
    );
  });
});
