import { expect, test } from '@jest/globals';
import type { Context } from '../../src/core/context.js';
import { FOLD_PACE_MS, Housekeeping } from '../../src/core/replication/housekeeping.js';
import { Eviction } from '../../src/core/store/eviction.js';
import { MemoryStorage } from './support/memory-store.js';

test('a node that evicts folds nothing, since the stubs of small parts would take more than the parts', () => {
  const storage = new MemoryStorage();
  const eviction = new Eviction(storage, Math.random, { bytesMax: 1000, policy: 'noeviction' });
  let [nowMs, folds] = [0, 0];
  const store = { foldParts: () => ++folds > 0 };
  const ports = { monoMs: () => nowMs, wallMs: () => nowMs };
  const housekeeping = new Housekeeping({ replicas: { data: { store } }, ports } as unknown as Context);
  const fold = (): [number, boolean] => {
    nowMs += FOLD_PACE_MS;
    housekeeping.fold(eviction.evicts);
    return [folds, housekeeping.isFolding];
  };
  expect(fold()).toEqual([1, true]);
  eviction.limit = { bytesMax: 1000, policy: 'allkeys-lru' };
  expect(fold()).toEqual([1, false]);
  eviction.limit = { bytesMax: 0, policy: 'allkeys-lru' };
  expect(fold()).toEqual([2, true]);
});
