import { describe, expect, test } from '@jest/globals';
import { failuresOf, traceOf, unfitOf } from '../simulate.js';
import { MUTANTS } from './mutants.js';

describe('simulated sites with a Redis each', () => {
  test('lose, revert and invent no write of an application under faults, and settle once they are over', async () => {
    expect(await failuresOf(11, 14, '--redis')).toEqual([]);
  }, 600_000);

  test('give one trace when a seed runs twice', async () => {
    const first = await traceOf(16, '--redis');
    expect(first).toMatch(/^\w{8}$/);
    expect(await traceOf(16, '--redis')).toBe(first);
  }, 120_000);
});

test('mutants of the bridge have names of their own, and each fits the source', async () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(await unfitOf(MUTANTS)).toEqual([]);
}, 60_000);
