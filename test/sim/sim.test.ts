import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import { failuresOf, traceOf } from './simulate.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('simulated clusters', () => {
  test('keep every rule under faults, and converge once all is healed', async () => {
    expect(await failuresOf(1, 20, '--ticks', '8000')).toEqual([]);
  }, 600_000);

  test('give one trace when a seed runs twice', async () => {
    const first = await traceOf(6, '--ticks', '8000');
    expect(first).toMatch(/^\w{8}$/);
    expect(await traceOf(6, '--ticks', '8000')).toBe(first);
  }, 60_000);
});

test('mutants have names of their own, and each replaces text that occurs exactly once', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(MUTANTS.length).toBeGreaterThanOrEqual(15);
  for (const { name, file, find, replace } of MUTANTS) {
    const count = readFileSync(`${ROOT}/${file}`, 'utf8').split(find).length - 1;
    expect(`${name}: ${count}`).toBe(`${name}: 1`);
    expect(replace).not.toBe(find);
  }
});
