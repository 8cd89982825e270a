import { describe, expect, test } from '@jest/globals';
import { failuresOf, mutantsNotCaught } from '../simulate.js';
import { MUTANTS } from './mutants.js';

describe('simulated sites with a Redis each', () => {
  test('lose, revert and invent no write of an application under faults, and settle once they are over', async () => {
    expect(await failuresOf(15, 34, '--redis')).toEqual([]);
  }, 600_000);

  test('the same where two elements make a collection a large one', async () => {
    expect(await failuresOf(101, 108, '--redis', '--parts', '--large', '--ticks', '5000')).toEqual([]);
    // A node's copy of a large collection that lacked a change; what was captured in two goes, and judged by two states of the node's.
    for (const seed of [24, 131])
      expect(await failuresOf(seed, seed, '--redis', '--parts', '--large', '--ticks', '6000')).toEqual([]);
    // What a scan found while a resolution was under way.
    expect(await failuresOf(6, 6, '--redis', '--parts', '--large', '--ticks', '5000')).toEqual([]);
  }, 600_000);

  test('do the same where nodes capture as replicas', async () => {
    expect(await failuresOf(1, 10, '--redis', '--capture', 'replica')).toEqual([]);
  }, 600_000);

  test('do the same with collections, element by element', async () => {
    expect(await failuresOf(1, 24, '--redis', '--parts')).toEqual([]);
    // What waited before a restart, and was never sent; what others wrote anew after its key had expired.
    for (const seed of [57, 60])
      expect(await failuresOf(seed, seed, '--redis', '--parts', '--capture', 'replica')).toEqual([]);
  }, 600_000);

  test('do the same with collections that a Redis evicts, loses or is emptied of', async () => {
    const losses = ['--redis', '--parts', '--losses', '--ticks', '6000'];
    // Evicted while the node was away, and held after a failover that has lost nothing, among others.
    for (const seed of [6, 36, 56]) expect(await failuresOf(seed, seed, ...losses)).toEqual([]);
    // Evicted right after a field was deleted; decided about while it was read.
    for (const seed of [4, 34]) expect(await failuresOf(seed, seed, ...losses, '--capture', 'replica')).toEqual([]);
    expect(await failuresOf(1, 8, ...losses)).toEqual([]);
    // Large ones: begun anew after an eviction, or a loss, while all keys were compared.
    for (const seed of [1, 6, 16])
      expect(await failuresOf(seed, seed, '--redis', '--parts', '--losses', '--large')).toEqual([]);
  }, 600_000);
});

test('mutants of the bridge are caught, each within its number of seeds', async () => {
  expect(await mutantsNotCaught('--redis')).toEqual({ notCaught: [], count: MUTANTS.length });
}, 1_200_000);
