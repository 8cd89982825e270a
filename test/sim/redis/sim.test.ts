import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from '@jest/globals';
import { failuresOf, traceOf } from '../simulate.js';
import { MUTANTS } from './mutants.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

describe('simulated sites with a Redis each', () => {
  test('lose, revert and invent no write of an application under faults, and settle once they are over', async () => {
    expect(await failuresOf(11, 18, '--redis')).toEqual([]);
  }, 600_000);

  test('give one trace when a seed runs twice', async () => {
    const first = await traceOf(16, '--redis');
    expect(first).toMatch(/^\w{8}$/);
    expect(await traceOf(16, '--redis')).toBe(first);
  }, 120_000);
});

test('mutants of the bridge have names of their own, and each replaces text that occurs exactly once', () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  for (const { name, file, find, replace } of MUTANTS) {
    const count = readFileSync(`${ROOT}/${file}`, 'utf8').split(find).length - 1;
    expect(`${name}: ${count}`).toBe(`${name}: 1`);
    expect(replace).not.toBe(find);
  }
});
