import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HLC_EPOCH_MS, HybridClock, hlcFromMs, hlcToMs } from '../../src/core/model/hlc.js';
import { NOW_MS } from './samples.js';

const COUNTERS = 4096;

test('fractions of a millisecond are cut off, times before 2020 give the smallest timestamp', () => {
  expect(hlcFromMs(NOW_MS + 0.9)).toBe(hlcFromMs(NOW_MS));
  expect(hlcFromMs(HLC_EPOCH_MS - 1)).toBe(0);
  expect(hlcToMs(hlcFromMs(NOW_MS) + COUNTERS - 1)).toBe(NOW_MS);
});

test('a clock that stands still gives ever greater timestamps of its millisecond', () => {
  const clock = new HybridClock(() => NOW_MS);
  const first = hlcFromMs(NOW_MS);
  expect([clock.next(), clock.next(), clock.next()]).toEqual([first, first + 1, first + 2]);
});

test('a full counter borrows from the next millisecond, and the clock goes on from there when that comes', () => {
  let nowMs = NOW_MS;
  const clock = new HybridClock(() => nowMs);
  for (let i = 0; i < COUNTERS; i++) clock.next();
  expect(hlcToMs(clock.last)).toBe(NOW_MS);
  const borrowed = clock.next();
  expect(hlcToMs(borrowed)).toBe(NOW_MS + 1);
  nowMs++;
  expect(clock.next()).toBe(borrowed + 1);
});

test('a timestamp from the past changes nothing', () => {
  const clock = new HybridClock(() => NOW_MS, hlcFromMs(NOW_MS));
  clock.observe(hlcFromMs(NOW_MS - 1));
  expect(clock.last).toBe(hlcFromMs(NOW_MS));
});

test('whatever the wall clock does, a timestamp is greater than everything issued or seen before', () => {
  const step = fc.record({ kind: fc.constantFrom('next', 'observe'), ms: fc.integer({ min: -5000, max: 5000 }) });
  fc.assert(
    fc.property(fc.array(step), (steps) => {
      let nowMs = NOW_MS;
      const clock = new HybridClock(() => nowMs);
      let seen = 0;
      for (const { kind, ms } of steps) {
        const before = seen;
        if (kind === 'observe') {
          seen = Math.max(seen, hlcFromMs(NOW_MS + ms));
          clock.observe(hlcFromMs(NOW_MS + ms));
        } else {
          nowMs += ms;
          seen = clock.next();
          expect(seen).toBeGreaterThan(before);
          expect(seen).toBeGreaterThanOrEqual(hlcFromMs(nowMs));
        }
        expect(clock.last).toBe(seen);
      }
    }),
  );
});
