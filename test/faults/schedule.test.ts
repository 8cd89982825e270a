import { expect, test } from '@jest/globals';
import { partsOf, schedule } from './schedule.js';

const NAMES = ['a', 'b', 'c'];
const LENGTH_MS = 180_000;
const SEEDS = Array.from({ length: 50 }, (_, i) => i);

test('the seed alone decides what goes wrong', () => {
  expect(schedule(7, NAMES, LENGTH_MS)).toEqual(schedule(7, NAMES, LENGTH_MS));
  expect(schedule(7, NAMES, LENGTH_MS)).not.toEqual(schedule(8, NAMES, LENGTH_MS));
});

test('all of it has ended when the run does, and nothing happens to a part of a machine that something else holds', () => {
  for (const seed of SEEDS) {
    const untilMs = new Map<string, number>();
    for (const injection of schedule(seed, NAMES, LENGTH_MS)) {
      expect(injection.atMs + injection.durationMs).toBeLessThanOrEqual(LENGTH_MS);
      for (const part of partsOf(injection)) {
        expect(untilMs.get(part) ?? 0).toBeLessThanOrEqual(injection.atMs);
        untilMs.set(part, injection.atMs + injection.durationMs);
      }
    }
  }
});

test('everything there is happens, one directory at most is put back in a run, and several things happen at a time', () => {
  const all = SEEDS.map((seed) => schedule(seed, NAMES, LENGTH_MS));
  expect(new Set(all.flat().map(({ kind }) => kind)).size).toBe(18);
  for (const injections of all) {
    const setBack = injections.filter(({ kind }) => kind === 'set back').flatMap(({ nodes }) => nodes);
    expect(new Set(setBack).size).toBeLessThanOrEqual(1);
    const overlapping = injections.filter(({ atMs, durationMs }, i) => {
      return (injections[i + 1]?.atMs ?? Number.POSITIVE_INFINITY) < atMs + durationMs;
    });
    expect(overlapping.length).toBeGreaterThan(injections.length / 3);
  }
});
