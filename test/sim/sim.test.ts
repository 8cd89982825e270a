import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import { failuresOf, traceOf, unfitOf } from './simulate.js';

describe('simulated clusters', () => {
  test('keep every rule under faults, and converge once all is healed', async () => {
    expect(await failuresOf(1, 12, '--ticks', '8000')).toEqual([]);
  }, 600_000);

  test('give one trace when a seed runs twice', async () => {
    const first = await traceOf(6, '--ticks', '8000');
    expect(first).toMatch(/^\w{8}$/);
    expect(await traceOf(6, '--ticks', '8000')).toBe(first);
  }, 60_000);
});

test('mutants have names of their own, and each fits the source', async () => {
  expect(new Set(MUTANTS.map(({ name }) => name)).size).toBe(MUTANTS.length);
  expect(await unfitOf(MUTANTS)).toEqual([]);
}, 60_000);
