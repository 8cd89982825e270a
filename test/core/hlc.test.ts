import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { HLC_EPOCH_MS, HybridClock, hlcFromMs, hlcToMs } from '../../src/core/model/hlc.js';

describe('hybrid logical clock', () => {
  test('gives greater timestamps though the wall clock steps back', () => {
    let nowMs = HLC_EPOCH_MS + 1000;
    const clock = new HybridClock(() => nowMs);
    const first = clock.next();
    nowMs -= 500;
    expect(clock.next()).toBe(first + 1);
  });

  test('follows the wall clock when that is ahead', () => {
    const clock = new HybridClock(() => HLC_EPOCH_MS + 5000);
    expect(hlcToMs(clock.next())).toBe(HLC_EPOCH_MS + 5000);
  });

  test('takes the time of who knows it, and stays above what it gave before', () => {
    const clock = new HybridClock(() => {
      throw new Error('the clock was asked');
    });
    const first = clock.upcoming(HLC_EPOCH_MS + 7);
    clock.observe(first);
    expect([hlcToMs(first), clock.upcoming(HLC_EPOCH_MS + 6) - first]).toEqual([HLC_EPOCH_MS + 7, 1]);
  });

  test('is above a timestamp that it has observed', () => {
    const clock = new HybridClock(() => HLC_EPOCH_MS + 1);
    clock.observe(hlcFromMs(HLC_EPOCH_MS + 9000));
    expect(clock.next()).toBeGreaterThan(hlcFromMs(HLC_EPOCH_MS + 9000));
  });

  test('borrows from the next millisecond when the counter is full', () => {
    const clock = new HybridClock(() => HLC_EPOCH_MS + 1);
    let last = 0;
    for (let i = 0; i < 5000; i++) last = clock.next();
    expect(hlcToMs(last)).toBe(HLC_EPOCH_MS + 2);
  });

  test('turns milliseconds into timestamps and back', () => {
    fc.assert(
      fc.property(fc.integer({ min: HLC_EPOCH_MS, max: HLC_EPOCH_MS + 2 ** 41 - 1 }), (ms) => {
        expect(hlcToMs(hlcFromMs(ms))).toBe(ms);
        expect(Number.isSafeInteger(hlcFromMs(ms))).toBe(true);
      }),
    );
  });

  test('gives 0 for times before its epoch', () => {
    expect(hlcFromMs(HLC_EPOCH_MS - 1)).toBe(0);
  });
});
