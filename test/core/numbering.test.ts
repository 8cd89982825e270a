import { expect, test } from '@jest/globals';
import { HLC_LAST, HybridClock, hlcFromMs } from '../../src/core/model/hlc.js';
import { VersionVector } from '../../src/core/model/vector.js';
import { Numbering } from '../../src/core/replication/numbering.js';
import { A1, NOW_MS } from './samples.js';

function numbering(clock = new HybridClock(() => NOW_MS)) {
  const vector = new VersionVector();
  return { vector, clock, numbers: new Numbering(A1, { vector }, clock) };
}

test('a reservation begins after the last number and after all that the clock has seen', () => {
  const { vector, clock, numbers } = numbering();
  vector.advance(A1, 7);
  clock.observe(hlcFromMs(NOW_MS + 5000));
  const expected = { origin: A1, firstSeq: 8, firstHlc: hlcFromMs(NOW_MS + 5000) + 1, countMax: 3 };
  expect(numbers.reserve(3)).toEqual(expected);
});

test('what was not used of it is given out again, and what was used is not', () => {
  const { vector, clock, numbers } = numbering();
  const { firstHlc } = numbers.reserve(10);
  numbers.used(0);
  expect(numbers.reserve(10)).toMatchObject({ firstSeq: 1, firstHlc });
  vector.advance(A1, 4);
  numbers.used(4);
  expect(numbers.reserve(10)).toMatchObject({ firstSeq: 5, firstHlc: firstHlc + 4 });
  expect(clock.last).toBe(firstHlc + 3);
});

test('more writes than were reserved, other numbers than those, and a second report are found out', () => {
  const { vector, numbers } = numbering();
  numbers.reserve(2);
  vector.advance(A1, 3);
  expect(() => numbers.used(3)).toThrow('3 writes were made of 2');
  numbers.reserve(2);
  vector.advance(A1, 5);
  expect(() => numbers.used(1)).toThrow('1 writes were made of 2');
  numbers.reserve(2);
  vector.advance(A1, 7);
  numbers.used(2);
  expect(() => numbers.used(2)).toThrow('2 writes were made of 0');
});

test('a write at an earlier time leaves the clock where it is, and there is none at a later one', () => {
  const { vector, clock, numbers } = numbering();
  const fence = clock.next();
  const { last } = new HybridClock(() => NOW_MS, clock.next());
  expect(numbers.reserveAt(fence)).toMatchObject({ firstSeq: 1, firstHlc: fence, countMax: 1 });
  vector.advance(A1, 1);
  numbers.used(1);
  expect(clock.last).toBe(last);
  expect(() => numbers.reserveAt(last + 1)).toThrow('beyond the clock');
});

test('no time beyond the last one is reserved', () => {
  const { numbers } = numbering(new HybridClock(() => NOW_MS, HLC_LAST - 2));
  expect(numbers.reserve(100).countMax).toBe(2);
  expect(numbering(new HybridClock(() => NOW_MS, HLC_LAST)).numbers.reserve(100).countMax).toBe(0);
});
