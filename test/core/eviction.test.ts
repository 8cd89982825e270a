import { describe, expect, test } from '@jest/globals';
import { Eviction, type EvictionPolicy } from '../../src/core/store/eviction.js';
import { bytes, entry } from './samples.js';
import { MemoryStorage } from './support/memory-store.js';

/** A store with `count` values of a hundred bytes, and an eviction that allows it `bytesMax`. */
function setUp(count: number, bytesMax: number, policy: EvictionPolicy, expiryMs = 0) {
  const storage = new MemoryStorage();
  const store = storage.store('data');
  for (let i = 0; i < count; i++) store.put(entry(`k${i}`, 'v'.repeat(100), { hlc: i + 1, seq: i + 1, expiryMs }));
  return { store, eviction: new Eviction(storage, Math.random, { bytesMax, policy }) };
}

describe('a node without a limit', () => {
  test('has room for everything, and evicts nothing', () => {
    const { store, eviction } = setUp(100, 0, 'allkeys-lru');
    expect([eviction.makeRoom(), eviction.step(), eviction.isOver, store.stubCount]).toEqual([true, false, false, 0]);
  });
});

describe('a node at its limit', () => {
  test('evicts as much as it takes to be within, and keeps the versions', () => {
    const { store, eviction } = setUp(100, 12_000, 'allkeys-lru');
    expect([eviction.makeRoom(), eviction.isOver]).toEqual([true, false]);
    expect(store.memoryBytes).toBeGreaterThan(11_000);
    expect(eviction.evictions).toBe(store.stubCount);
    expect(store.liveCount() + store.stubCount).toBe(100);
    for (let i = 0; i < 100; i++) expect(store.get(bytes(`k${i}`))?.hlc).toBe(i + 1);
  });

  test('refuses what grows under noeviction, and evicts nothing for what peers send', () => {
    const { store, eviction } = setUp(100, 12_000, 'noeviction');
    expect([eviction.makeRoom(), eviction.step(), eviction.isOver, store.stubCount]).toEqual([false, false, true, 0]);
    eviction.limit = { bytesMax: 1_000_000, policy: 'noeviction' };
    expect(eviction.makeRoom()).toBe(true);
  });

  test('refuses what grows once nothing is left to evict', () => {
    const { store, eviction } = setUp(100, 1000, 'allkeys-lru');
    expect(eviction.makeRoom()).toBe(false);
    expect([store.liveCount(), store.stubCount, eviction.isOver]).toEqual([0, 100, true]);
  });

  test('evicts only what has an expiry under volatile-ttl', () => {
    const lasting = setUp(100, 12_000, 'volatile-ttl');
    expect([lasting.eviction.makeRoom(), lasting.store.stubCount]).toEqual([false, 0]);
    const ending = setUp(100, 12_000, 'volatile-ttl', 5_000_000);
    expect([ending.eviction.makeRoom(), ending.eviction.isOver]).toEqual([true, false]);
  });

  test('works in steps when the limit is far below what it holds', () => {
    const { store, eviction } = setUp(5000, 400_000, 'allkeys-lru');
    expect(eviction.makeRoom()).toBe(true);
    expect([eviction.isOver, store.stubCount]).toEqual([true, 128]);
    let steps = 0;
    while (eviction.step()) steps++;
    expect([eviction.isOver, steps > 1]).toEqual([false, true]);
  });
});
