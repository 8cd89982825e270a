import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { VectorData } from '../../src/core/model/vector.js';
import { isSplitBrain, writesSince } from '../../src/core/partition/split-brain.js';
import { A, A1, A2, B1, C1, vectorData } from './samples.js';

const BEFORE = { [A1]: 5, [B1]: 7 };

function side(island: Record<string, number>, mark: Record<string, number> | null = BEFORE) {
  return { island: vectorData({ ...BEFORE, ...island }), mark: mark === null ? null : vectorData(mark) };
}

describe('split-brain', () => {
  test('when both sides wrote after they declared each other down', () => {
    expect(isSplitBrain(side({ [A1]: 6 }), side({ [B1]: 8 }))).toBe(true);
  });

  test('when a side wrote under the origin of a new boot', () => {
    expect(isSplitBrain(side({ [A2]: 1 }), side({ [B1]: 8 }))).toBe(true);
  });

  test('when the writes are of a third member on either side', () => {
    expect(isSplitBrain(side({ [C1]: 1 }), side({ [B1]: 8 }))).toBe(true);
  });

  test('when one side has retired an origin since, if it wrote under the next one', () => {
    const one = { island: vectorData({ ...BEFORE, [A2]: 1 }, { [A]: 2 }), mark: vectorData(BEFORE) };
    expect(isSplitBrain(one, side({ [B1]: 8 }))).toBe(true);
  });
});

describe('catch-up', () => {
  test('when only one side wrote, or none did', () => {
    expect(isSplitBrain(side({ [A1]: 6 }), side({}))).toBe(false);
    expect(isSplitBrain(side({}), side({}))).toBe(false);
  });

  test('when one side never declared the other down', () => {
    expect(isSplitBrain(side({ [A1]: 6 }, null), side({ [B1]: 8 }))).toBe(false);
    expect(isSplitBrain(side({ [A1]: 6 }, null), side({ [B1]: 8 }, null))).toBe(false);
  });

  test('when what a side wrote since reached the other by another way', () => {
    expect(isSplitBrain(side({ [A1]: 6 }), side({ [A1]: 6, [B1]: 8 }))).toBe(false);
  });

  test('when the other side only lacks what was written before the separation', () => {
    const one = { island: vectorData({ [A1]: 5, [B1]: 7 }), mark: vectorData(BEFORE) };
    const other = { island: vectorData({ [A1]: 3, [B1]: 9 }), mark: vectorData({ [A1]: 3, [B1]: 7 }) };
    expect(isSplitBrain(one, other)).toBe(false);
  });

  test('when the other side has retired the origin of the writes: it has them all', () => {
    const other = { island: vectorData({ [B1]: 9 }, { [A]: 2 }), mark: vectorData(BEFORE) };
    expect(isSplitBrain(side({ [A1]: 9 }), other)).toBe(false);
  });
});

test('both ends come to the same verdict, whatever they have', () => {
  const data: fc.Arbitrary<VectorData> = fc.record({
    seqs: fc.dictionary(fc.constantFrom(A1, A2, B1, C1), fc.integer({ min: 1, max: 3 })),
    floors: fc.dictionary(fc.constant(A), fc.integer({ min: 1, max: 3 })),
  });
  const anySide = fc.record({ island: data, mark: fc.option(data) });
  fc.assert(
    fc.property(anySide, anySide, (one, other) => {
      expect(isSplitBrain(one, other)).toBe(isSplitBrain(other, one));
      expect(isSplitBrain(one, one)).toBe(false);
    }),
  );
});

test('the writes since a separation are counted over all origins, retired ones not at all', () => {
  expect(writesSince(side({ [A1]: 6, [A2]: 3 }))).toBe(4);
  expect(writesSince(side({}))).toBe(0);
  expect(writesSince(side({ [A1]: 6 }, null))).toBe(0);
  expect(writesSince({ island: vectorData({ [A1]: 9 }), mark: vectorData({}, { [A]: 2 }) })).toBe(0);
});
