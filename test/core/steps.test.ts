import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { finish, type Steps, sorted } from '../../src/core/model/steps.js';

const byNumber = (a: number, b: number): number => a - b;

describe('sorting in steps', () => {
  test('gives what sorting at once gives, equal ones in their order, whatever the size of a step', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), fc.integer({ min: 1, max: 9 }), (numbers, stepItems) => {
        const items = numbers.map((number, index) => ({ number, index }));
        const compare = (a: { number: number }, b: { number: number }): number => a.number - b.number;
        const before = [...items];
        expect(finish(sorted(items, compare, stepItems))).toEqual([...items].sort(compare));
        expect(items).toEqual(before);
      }),
    );
  });

  test('no step compares much more than its share', () => {
    let comparisons = 0;
    const compare = (a: number, b: number): number => {
      comparisons++;
      return a - b;
    };
    const steps = sorted(
      Array.from({ length: 10_000 }, (_, i) => (i * 7919) % 10_000),
      compare,
      100,
    );
    let most = 0;
    for (let before = 0; steps.next().done !== true; before = comparisons) most = Math.max(most, comparisons - before);
    expect(most).toBeLessThan(100 * 7 + 2 * 100);
  });

  test('of nothing there is nothing', () => {
    expect(finish(sorted([], byNumber))).toEqual([]);
  });
});

test('work done at once returns what its last step returned', () => {
  function* work(): Steps<string> {
    yield;
    yield;
    return 'done';
  }
  expect(finish(work())).toBe('done');
});
