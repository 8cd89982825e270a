import { beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type VectorData, VersionVector } from '../../src/core/model/vector.js';
import { Separations } from '../../src/core/partition/separations.js';
import type { Separation } from '../../src/core/partition/split-brain.js';
import { A, A1, A2, A3, B, B1, C, C1, NOW_MS, vectorData } from './samples.js';
import { MemoryStorage } from './support/memory-store.js';

let storage: MemoryStorage;
let separations: Separations;

function separation(seqs: Record<string, number>, more: Partial<Separation> = {}): Separation {
  return { sinceMs: NOW_MS, mark: vectorData(seqs), split: false, ...more };
}

/** As the next boot finds it: through JSON, as on a disk. */
function reopened(): Separations {
  const next = new MemoryStorage();
  next.setMeta('separations', JSON.parse(JSON.stringify(storage.getMeta('separations'))));
  return new Separations(next);
}

beforeEach(() => {
  storage = new MemoryStorage();
  separations = new Separations(storage);
});

test('nobody is separated at first', () => {
  expect([separations.list(), separations.has(B), separations.isSplit(B), separations.get(B)]).toEqual([
    [],
    false,
    false,
    undefined,
  ]);
});

test('separations outlive a restart, and so does their end', () => {
  separations.set(B, separation({ [A1]: 3 }, { split: true }));
  separations.set(C, separation({}));
  expect(reopened().toData()).toEqual({ [B]: separation({ [A1]: 3 }, { split: true }), [C]: separation({}) });
  expect(reopened().isSplit(B)).toBe(true);
  separations.delete(B);
  expect(reopened().list()).toEqual([[C, separation({})]]);
});

describe('raising the mark', () => {
  test('only what is written beyond the resolution counts as written apart, and that outlives a restart', () => {
    separations.set(B, separation({ [A1]: 3, [B1]: 9 }, { split: true }));
    separations.raiseMark(B, vectorData({ [A1]: 8, [B1]: 4, [C1]: 1 }), false);
    expect(separations.get(B)).toEqual(separation({ [A1]: 8, [B1]: 9, [C1]: 1 }));
    expect(reopened().get(B)).toEqual(separations.get(B));
  });

  test('a member that is not separated stays so', () => {
    separations.raiseMark(B, vectorData({ [A1]: 8 }), true);
    expect(separations.has(B)).toBe(false);
  });
});

describe('lowering the mark', () => {
  test('of two members of an island the lesser mark holds, position by position, and the earlier time', () => {
    separations.set(B, separation({ [A1]: 5, [C1]: 2, [A2]: 1 }));
    separations.lowerMark(B, { sinceMs: NOW_MS - 10, mark: vectorData({ [A1]: 7, [C1]: 1 }), split: false });
    expect(separations.get(B)).toEqual(separation({ [A1]: 5, [C1]: 1 }, { sinceMs: NOW_MS - 10 }));
    expect(reopened().get(B)).toEqual(separations.get(B));
  });

  test('a greater mark, noticed later, changes nothing', () => {
    separations.set(B, separation({ [A1]: 5 }));
    separations.lowerMark(B, { sinceMs: NOW_MS + 10, mark: vectorData({ [A1]: 7, [C1]: 1 }), split: false });
    expect(separations.get(B)).toEqual(separation({ [A1]: 5 }));
  });

  test('nothing changes once the split is found, nor where the member is not separated here', () => {
    separations.set(B, separation({ [A1]: 5 }, { split: true }));
    const mate = { sinceMs: NOW_MS - 10, mark: vectorData(), split: false };
    separations.lowerMark(B, mate);
    separations.lowerMark(C, mate);
    expect(separations.toData()).toEqual({ [B]: separation({ [A1]: 5 }, { split: true }) });
  });

  test('an origin that one of them has retired keeps the position of the other', () => {
    separations.set(B, separation({}, { mark: vectorData({ [A3]: 4 }, { [A]: 3 }) }));
    separations.lowerMark(B, { sinceMs: NOW_MS, mark: vectorData({ [A2]: 6, [A3]: 2 }, { [A]: 2 }), split: false });
    expect(separations.get(B)?.mark).toEqual(vectorData({ [A2]: 6, [A3]: 2 }, { [A]: 2 }));
  });

  test('without retired origins: never above either mark, idempotent, and the same for both mates', () => {
    const marks: fc.Arbitrary<VectorData> = fc
      .dictionary(fc.constantFrom(A1, A2, B1, C1), fc.integer({ min: 1, max: 4 }))
      .map((seqs) => vectorData(seqs));
    fc.assert(
      fc.property(marks, marks, (own, mate) => {
        const lowered = (mine: VectorData, others: VectorData): VectorData => {
          const mates = new Separations(new MemoryStorage());
          mates.set(B, separation({}, { mark: mine }));
          mates.lowerMark(B, { sinceMs: NOW_MS, mark: others, split: false });
          return mates.get(B)!.mark;
        };
        const lower = lowered(own, mate);
        expect(VersionVector.from(own).coversAll(VersionVector.from(lower))).toBe(true);
        expect(VersionVector.from(mate).coversAll(VersionVector.from(lower))).toBe(true);
        expect(lowered(mate, own)).toEqual(lower);
        expect(lowered(lower, mate)).toEqual(lower);
      }),
    );
  });
});
