import { expect, test } from '@jest/globals';
import { partsOf, schedule } from './schedule.js';

const NAMES = ['a', 'b', 'c'];
const LENGTH_MS = 180_000;
const SEEDS = Array.from({ length: 50 }, (_, i) => i);

test('the seed alone decides what goes wrong', () => {
  expect(schedule(7, NAMES, LENGTH_MS)).toEqual(schedule(7, NAMES, LENGTH_MS));
  expect(schedule(7, NAMES, LENGTH_MS)).not.toEqual(schedule(8, NAMES, LENGTH_MS));
});

test('nothing happens to a part of a machine that something else holds', () => {
  for (const stage of SEEDS.flatMap((seed) => schedule(seed, NAMES, LENGTH_MS))) {
    const untilMs = new Map<string, number>();
    for (const injection of stage) {
      for (const part of partsOf(injection)) {
        expect(untilMs.get(part) ?? 0).toBeLessThanOrEqual(injection.atMs);
        untilMs.set(part, injection.atMs + injection.durationMs);
      }
    }
  }
});

test('its stages take as long as was asked for', () => {
  for (const seconds of [5, 30, 60, 180]) {
    const lengthsMs = schedule(7, NAMES, seconds * 1000).map((stage) =>
      Math.max(0, ...stage.map(({ atMs, durationMs }) => atMs + durationMs)),
    );
    expect(lengthsMs.reduce((a, b) => a + b)).toBeLessThanOrEqual((seconds + 9) * 1000);
  }
});

test('nothing happens to a disk that is not there', () => {
  const all = SEEDS.flatMap((seed) => schedule(seed, NAMES, LENGTH_MS, ['b'])).flat();
  const disks = all.filter(({ kind }) => ['set back', 'full disk', 'failing fsync'].includes(kind));
  expect(new Set(disks.flatMap(({ nodes }) => nodes))).toEqual(new Set(['a', 'c']));
});

test('everything there is happens, one directory at most is put back in a run, and several things happen at a time', () => {
  const all = SEEDS.map((seed) => schedule(seed, NAMES, LENGTH_MS));
  expect(new Set(all.flat(2).map(({ kind }) => kind)).size).toBe(19);
  for (const stages of all) {
    const setBack = stages.flat().filter(({ kind }) => kind === 'set back');
    expect(new Set(setBack.flatMap(({ nodes }) => nodes)).size).toBeLessThanOrEqual(1);
    const [first = []] = stages;
    const overlapping = first.filter(({ atMs, durationMs }, i) => (first[i + 1]?.atMs ?? 1e9) < atMs + durationMs);
    expect(overlapping.length).toBeGreaterThan(2);
  }
});
