import { beforeEach, describe, expect, test } from '@jest/globals';
import { SteadyClock } from '../../src/core/replication/steady-clock.js';

const HOUR_MS = 3_600_000;
let wallMs: number;
let monoMs: number;
let clock: SteadyClock;

/** Time passes as both clocks count it, with a tick every 100 ms. */
function pass(ms: number): void {
  for (let passed = 0; passed < ms; passed += 100) {
    wallMs += 100;
    monoMs += 100;
    clock.follow();
  }
}

beforeEach(() => {
  wallMs = 1_800_000_000_000;
  monoMs = 5000;
  clock = new SteadyClock({ wallMs: () => wallMs, monoMs: () => monoMs });
});

describe("a node's own time", () => {
  test('is what the wall clock shows, as long as nothing happens to that', () => {
    pass(10_000);
    expect(clock.nowMs()).toBe(wallMs);
    expect(clock.wallAheadMs).toBe(0);
  });

  test('does not follow a step, tells how large it was, and is drawn by 5 ms a second', () => {
    wallMs += HOUR_MS;
    clock.follow();
    expect(clock.wallAheadMs).toBe(HOUR_MS);
    expect(clock.nowMs()).toBe(wallMs - HOUR_MS);
    pass(10_000);
    expect(wallMs - clock.nowMs()).toBe(HOUR_MS - 50);
  });

  test('never goes back, however far the wall clock is set back, and comes near it', () => {
    wallMs -= 2000;
    let before = clock.nowMs();
    for (let i = 0; i < 5000; i++) {
      pass(100);
      expect(clock.nowMs()).toBeGreaterThanOrEqual(before);
      before = clock.nowMs();
    }
    expect(clock.nowMs()).toBe(wallMs);
  });

  test('is not carried along by a wall clock that steps there and back', () => {
    for (let i = 0; i < 50; i++) {
      wallMs += HOUR_MS;
      pass(1000);
      wallMs -= HOUR_MS;
      pass(1000);
    }
    expect(Math.abs(clock.nowMs() - wallMs)).toBeLessThan(10);
  });
});
