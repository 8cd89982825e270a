import { describe, expect, test } from '@jest/globals';
import { MUTANTS } from './mutants.js';
import { SEEDS } from './seeds.js';
import { failuresOf, mutantsNotCaught } from './simulate.js';

const LAST_SEED = 200;
const TICKS = ['--ticks', '8000'];

describe('simulated clusters', () => {
  test('keep every rule under faults, and converge once all is healed', async () => {
    expect(await failuresOf(13, LAST_SEED, ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when disks are set back to older copies', async () => {
    expect(await failuresOf(1, 40, '--sets-back', ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when nodes are started with clocks that are far ahead', async () => {
    expect(await failuresOf(1, 24, '--breaks-clocks', ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when nodes are started from copies of directories whose nodes run', async () => {
    expect(await failuresOf(1, 24, '--clones', ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when clients touch', async () => {
    expect(await failuresOf(1, 40, '--touches', ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when users come and go', async () => {
    expect(await failuresOf(1, 24, '--users', ...TICKS)).toEqual([]);
  }, 600_000);

  test('keep every rule when clients change keys part by part', async () => {
    expect(await failuresOf(1, 32, '--parts', ...TICKS)).toEqual([]);
  }, 900_000);

  test('keep every rule when most nodes keep nothing', async () => {
    expect(await failuresOf(1, 24, '--memory', ...TICKS)).toEqual([]);
  }, 600_000);

  test('pass the seeds that once failed', async () => {
    for (const { seed, parts = false } of SEEDS) {
      if (parts) expect(await failuresOf(seed, seed, '--parts', ...TICKS)).toEqual([]);
      else if (seed > LAST_SEED) expect(await failuresOf(seed, seed, ...TICKS)).toEqual([]);
    }
  }, 300_000);
});

test('mutants are caught, each within its number of seeds', async () => {
  expect(await mutantsNotCaught(...TICKS)).toEqual({ notCaught: [], count: MUTANTS.length });
}, 1_200_000);
