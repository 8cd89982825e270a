import { describe, expect, test } from '@jest/globals';
import { bucketOf } from '../../src/core/model/bytes.js';
import { A, A1, A2, B1, bytes, entry, KEYS, NOW_MS, vectorData } from './samples.js';
import { MemoryStorage, MemoryStore } from './support/memory-store.js';

describe('counts', () => {
  test('follow values, deletes, replacements and drops', () => {
    const store = new MemoryStore();
    const counts = () => [store.liveCount(), store.tombstoneCount, store.byteCount];
    for (const key of KEYS) store.put(entry(key, 'v'));
    expect(counts()).toEqual([KEYS.length, 0, KEYS.reduce((sum, key) => sum + key.length + 1, 0)]);
    for (const key of KEYS) store.put(entry(key, null, { seq: 2 }));
    expect(counts()).toEqual([0, KEYS.length, KEYS.reduce((sum, key) => sum + key.length, 0)]);
    for (const key of KEYS) store.drop(key);
    store.drop(bytes('never there'));
    expect(counts()).toEqual([0, 0, 0]);
  });

  test('are kept for each database', () => {
    const store = new MemoryStore();
    store.put(entry('\0a', 'v'));
    store.put(entry('\x0fa', 'v'));
    store.put(entry('\x0fb', 'v'));
    expect([store.liveCount(0), store.liveCount(15), store.liveCount(7), store.liveCount()]).toEqual([1, 2, 0, 3]);
  });
});

describe('garbage', () => {
  test('is in a bucket with a tombstone, or with an entry that has expired, and nowhere else', () => {
    const store = new MemoryStore();
    store.put(entry('k', 'v', { expiryMs: NOW_MS }));
    const index = bucketOf(bytes('k'));
    const has = (bucket: number, nowMs: number) => store.garbage(bucket, nowMs).length > 0;
    expect([NOW_MS - 1, NOW_MS].map((ms) => has(index, ms))).toEqual([false, true]);
    store.put(entry('k', 'v', { seq: 2 }));
    expect(has(index, NOW_MS + 9e9)).toBe(false);
    store.put(entry('k', null, { seq: 3 }));
    expect(has(index, 0)).toBe(true);
    expect(has(index + 1, NOW_MS)).toBe(false);
  });
});

describe('after a snapshot', () => {
  test('what was gained cannot be served from the log, what was here before can', () => {
    const store = new MemoryStore();
    store.write(entry('k', 'v'));
    store.adopt(vectorData({ [A1]: 1, [B1]: 7 }, { [A]: 1 }));
    expect(store.vector.toData()).toEqual(vectorData({ [A1]: 1, [B1]: 7 }, { [A]: 1 }));
    expect([store.floor(A1), store.floor(B1), store.logRowCount]).toEqual([0, 7, 1]);
    store.append(B1, 7, bytes('late'));
    expect(store.rows(B1, 0, 9, 9)).toEqual([]);
  });

  test('origins that the giver has retired leave vector and log', () => {
    const store = new MemoryStore();
    store.write(entry('k', 'v'));
    store.write(entry('k2', 'v', { origin: A2 }));
    store.adopt(vectorData({}, { [A]: 2 }));
    expect(store.vector.toData()).toEqual(vectorData({ [A2]: 1 }, { [A]: 2 }));
    expect([store.rows(A1, 0, 9, 9).length, store.rows(A2, 0, 9, 9).length, store.logRowCount]).toEqual([0, 1, 1]);
  });
});

describe('the storage', () => {
  test('keeps the greatest timestamp that was stored or handed over, of both groups', () => {
    const storage = new MemoryStorage();
    expect(storage.clock).toBe(0);
    storage.store('system').put(entry('k', 'v', { hlc: 5 }));
    storage.store('data').put(entry('k', 'v', { hlc: 7 }));
    storage.store('data').drop(bytes('k'));
    expect(storage.clock).toBe(7);
    storage.observeClock(9);
    storage.observeClock(8);
    expect(storage.clock).toBe(9);
  });

  test('forgets a record that is set to nothing', () => {
    const storage = new MemoryStorage();
    storage.setMeta('one', { a: 1 });
    storage.setMeta('two', null);
    storage.setMeta('one', undefined);
    expect([storage.getMeta('one'), storage.getMeta('two')]).toEqual([undefined, null]);
  });
});
