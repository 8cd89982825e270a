import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BACKOFF, backoffMs } from '../../src/links/backoff.js';

const highest = () => 1 - 2 ** -53;
const lowest = () => 0;

describe('the wait before the next dial', () => {
  test('may be up to twice as long after each further failure, until the cap', () => {
    const waits = [1, 2, 3, 4, 5, 6, 7].map((failures) => Math.round(backoffMs(failures, highest)));
    expect(waits).toEqual([200, 400, 800, 1600, 3200, 5000, 5000]);
  });

  test('may be as short as the floor after any number of failures', () => {
    expect([1, 5, 1000].map((failures) => backoffMs(failures, lowest))).toEqual([50, 50, 50]);
  });

  test('spreads evenly between the two', () => {
    expect(backoffMs(3, () => 0.5)).toBe(50 + (800 - 50) / 2);
  });

  test('stays within its bounds for ever', () => {
    fc.assert(
      fc.property(fc.nat(), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, chance) => {
        const waitMs = backoffMs(failures, () => chance);
        expect(waitMs).toBeGreaterThanOrEqual(BACKOFF.floorMs);
        expect(waitMs).toBeLessThanOrEqual(BACKOFF.capMs);
      }),
    );
  });

  test('is the floor where the floor is above the first wait', () => {
    expect(backoffMs(1, highest, { floorMs: 500, firstMs: 100, capMs: 1000 })).toBe(500);
  });
});
