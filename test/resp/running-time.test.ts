import { expect, test } from '@jest/globals';
import { RunningTime } from '../../src/fronts/resp/scripting/running-time.js';

/** Clocks that are moved by hand. */
class Hands {
  now = 1000;
  used = 5000;

  readonly nowMs = (): number => this.now;
  readonly usedMs = (): number => this.used;

  /** So much time passes, of which the process has the processor for so long. */
  pass(ms: number, usedMs = ms): void {
    this.now += ms;
    this.used += usedMs;
  }
}

function begun(): { hands: Hands; time: RunningTime } {
  const hands = new Hands();
  const time = new RunningTime(200, hands);
  time.start();
  return { hands, time };
}

test('a script that has the processor all the time has run for as long as the clock says', () => {
  const { hands, time } = begun();
  for (let passed = 10; passed <= 400; passed += 10) {
    hands.pass(10);
    expect(Math.abs(time.spentMs - passed)).toBeLessThanOrEqual(10);
  }
});

test('other threads of the process do not make it longer', () => {
  const { hands, time } = begun();
  for (let i = 0; i < 10; i++) {
    hands.pass(15, 60);
    expect(time.spentMs).toBeLessThanOrEqual(hands.now - 1000);
  }
});

test('while the processor is elsewhere no more than an eighth of it counts, whenever that begins', () => {
  for (const early of [0, 10, 49, 60, 150]) {
    const { hands, time } = begun();
    hands.pass(early);
    const before = time.spentMs;
    hands.pass(600, 1);
    expect(time.spentMs).toBeLessThanOrEqual(Math.max(before, 50) + 75);
    expect(time.spentMs).toBeLessThan(200);
  }
});

test('a script that never ends is ended in the end, with hardly any processor', () => {
  const { hands, time } = begun();
  hands.pass(60, 1);
  expect(time.spentMs).toBeLessThan(200);
  hands.pass(1600, 1);
  expect(time.spentMs).toBeGreaterThan(200);
});

test('the time of the next one begins at none', () => {
  const { hands, time } = begun();
  hands.pass(500);
  expect(time.spentMs).toBeGreaterThan(200 / 8);
  time.start();
  expect(time.spentMs).toBe(0);
  hands.pass(60);
  expect(time.spentMs).toBeLessThanOrEqual(60);
});
