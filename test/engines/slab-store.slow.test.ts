import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type Bytes, bucketOf, hashBytes } from '../../src/core/model/bytes.js';
import { type Entry, stubOf } from '../../src/core/model/entry.js';
import type { Store } from '../../src/core/store/store.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { bytes, entry, ORIGINS } from './support/entries.js';
import { entryText, storeState } from './support/state.js';
import { nextStub } from './support/victims.js';

/** So small that a few dozen entries fill several slabs, and compaction is at work all the time. */
const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24 };

describe('slab store', () => {
  test('any sequence of calls leaves the same as in plain memory', () => {
    fc.assert(
      fc.property(fc.array(callArbitrary(), { maxLength: 300, size: 'max' }), (calls) => {
        const [model, slabs] = [new MemoryStore(), new SlabStore(TINY)];
        for (const call of calls) expect(perform(slabs, call, true)).toEqual(perform(model, call, true));
        expect(storeState(slabs)).toEqual(storeState(model));
        for (const key of KEYS) {
          for (const nowMs of [0, 50, 1000]) {
            const bucket = bucketOf(key);
            expect(slabs.digest(bucket, nowMs)).toBe(model.digest(bucket, nowMs));
            const garbage = [slabs, model].map((store) => store.garbage(bucket, nowMs).map(entryText).sort());
            expect(garbage[0]).toEqual(garbage[1]);
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  test.each([
    ['are the same in all but the bucket', (key: Bytes) => hashBytes(key) & 0xfff],
    ['are all the same', () => 0xfffff0ff],
    ['are all at the end of a table', (key: Bytes) => (hashBytes(key) | 0xffffffc0) >>> 0],
  ])('keys are told apart when their hashes %s', (_, hash) => {
    fc.assert(
      fc.property(fc.array(callArbitrary(), { maxLength: 200, size: 'max' }), (calls) => {
        const [model, slabs] = [new MemoryStore(), new SlabStore(TINY, hash)];
        for (const call of calls) expect(perform(slabs, call)).toEqual(perform(model, call));
        expect(storeState(slabs)).toEqual(storeState(model));
      }),
      { numRuns: 30 },
    );
  });

  test('a long life of overwrites and deletes leaves the right entries, and little dead memory', () => {
    const [model, slabs] = [new MemoryStore(), new SlabStore(TINY)];
    const random = randomOf(7);
    for (let seq = 1; seq <= 60_000; seq++) {
      // The number of keys goes up and down, so that tables and slabs grow and shrink.
      const key = bytes(`key-${random(seq % 20_000 < 10_000 ? 3000 : 300)}`);
      const drops = random(10) < (seq % 20_000 < 10_000 ? 2 : 7);
      const value = random(10) === 0 ? null : Buffer.alloc(random(random(20) === 0 ? 3000 : 120), seq);
      for (const store of [model, slabs]) drops ? store.drop(key) : store.put(entry(key, value, seq));
      if (seq % 10_000 === 0) expect(storeState(slabs)).toEqual(storeState(model));
      expect(slabs.deadBytes).toBeLessThan(0.3 * slabs.byteCount + slabs.tombstoneCount * 40 + 16 * TINY.bytesMax);
    }
    for (let i = 0; i < 3000; i++) slabs.drop(bytes(`key-${i}`));
    expect([slabs.liveCount(), slabs.tombstoneCount, slabs.byteCount]).toEqual([0, 0, 0]);
  });

  test('a long life at a limit of memory keeps the limit, every version, and the values that were not evicted', () => {
    const [model, slabs] = [new MemoryStore(), new SlabStore(TINY)];
    const random = randomOf(11);
    const limit = slabs.memoryBytes + 200_000;
    for (let seq = 1; seq <= 40_000; seq++) {
      const key = bytes(`key-${random(1500)}`);
      const value = random(12) === 0 ? null : Buffer.alloc(random(random(30) === 0 ? 20_000 : 300), seq);
      const drops = value === null && random(2) === 0;
      for (const store of [model, slabs]) drops ? store.drop(key) : store.put(entry(key, value, seq));
      while (slabs.memoryBytes > limit) {
        const stub = nextStub(slabs, seq % 3 === 0 ? 'volatile-ttl' : 'allkeys-lru') ?? nextStub(slabs, 'allkeys-lru');
        for (const store of [model, slabs]) store.put(stub!);
      }
      if (random(3) === 0) slabs.used(bytes(`key-${random(1500)}`));
      if (seq % 10_000 === 0) expect(storeState(slabs)).toEqual(storeState(model));
      expect(slabs.deadBytes).toBeLessThan(
        0.3 * slabs.byteCount + (slabs.tombstoneCount + slabs.stubCount) * 40 + 80_000,
      );
    }
    expect(slabs.stubCount).toBeGreaterThan(100);
  });

  test('what was used is not evicted while there is something that was not', () => {
    const slabs = new SlabStore();
    slabs.noteUses();
    for (let i = 0; i < 20_000; i++) slabs.put(entry(`key-${i}`, 'v'.repeat(50), i + 1));
    const sink = { value: () => {} };
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 2000; i++) {
        if (i % 2 === 0) slabs.readValue(bytes(`key-${i}`), 1, sink);
        else slabs.used(bytes(`key-${i}`));
      }
    }
    for (let i = 0; i < 10_000; i++) slabs.put(nextStub(slabs, 'allkeys-lru')!);
    let kept = 0;
    for (let i = 0; i < 2000; i++) if (slabs.get(bytes(`key-${i}`))!.value !== null) kept++;
    expect(kept).toBeGreaterThan(1990);
    expect([slabs.liveCount(), slabs.stubCount]).toEqual([10_000, 10_000]);
  });

  test('every value can be evicted, whenever the uses were begun to be noted, and then there is nothing', () => {
    const slabs = new SlabStore(TINY);
    for (let i = 0; i < 3000; i++) slabs.put(entry(`key-${i}`, i % 3 === 0 ? null : 'value', i + 1));
    for (let i = 0; i < 2000; i++) slabs.put(nextStub(slabs, 'allkeys-lru')!);
    expect(nextStub(slabs, 'allkeys-lru')).toBeUndefined();
    expect([slabs.liveCount(), slabs.stubCount, slabs.tombstoneCount]).toEqual([0, 2000, 1000]);
    for (let i = 0; i < 3000; i++) slabs.drop(bytes(`key-${i}`));
    expect([slabs.stubCount, slabs.stubBytes, slabs.byteCount]).toEqual([0, 0, 0]);
  });

  test('of entries with an expiry those go first that end soonest, and the others not at all', () => {
    const slabs = new SlabStore(TINY);
    for (let i = 0; i < 2000; i++) {
      slabs.put(entry(`key-${i}`, 'value', i + 1, { expiryMs: i % 2 === 0 ? 0 : 1_000_000 + i }));
    }
    const gone: number[] = [];
    for (let i = 0; i < 500; i++) {
      const stub = nextStub(slabs, 'volatile-ttl')!;
      gone.push(stub.expiryMs);
      slabs.put(stub);
    }
    expect(Math.min(...gone)).toBeGreaterThan(1_000_000);
    expect(gone.reduce((sum, ms) => sum + ms - 1_000_000, 0) / gone.length).toBeLessThan(900);
    for (let i = 0; i < 500; i++) slabs.put(nextStub(slabs, 'volatile-ttl')!);
    expect(nextStub(slabs, 'volatile-ttl')).toBeUndefined();
    expect(slabs.liveCount()).toBe(1000);
  });

  test('an entry keeps its bytes whatever becomes of its key', () => {
    const slabs = new SlabStore(TINY);
    const sizes = [0, 1, 100, 900, 1100, 70_000];
    const put = (round: number) => {
      for (const [i, size] of sizes.entries()) slabs.put(entry(`key-${i}`, Buffer.alloc(size, round), round));
    };
    put(1);
    const kept = sizes.map((_, i) => slabs.get(bytes(`key-${i}`))!);
    for (let index = 0; index < 4096; index++) kept.push(...slabs.bucket(index));
    const before = kept.map(entryText);
    for (let round = 2; round < 500; round++) put(round);
    for (const i of sizes.keys()) slabs.drop(bytes(`key-${i}`));
    expect(kept.map(entryText)).toEqual(before);
  });

  test('what was written does not change with the bytes that were passed in', () => {
    const slabs = new SlabStore();
    const [key, value] = [Buffer.from('key'), Buffer.from('value')];
    slabs.write(entry(key, value, 1));
    const before = entryText(slabs.get(bytes('key'))!);
    key.fill(0);
    value.fill(0);
    expect(entryText(slabs.get(bytes('key'))!)).toBe(before);
    expect(slabs.rows(ORIGINS[0]!, 0, 10, 10).map((row) => Buffer.from(row.key).toString())).toEqual(['key']);
  });

  test('values and keys of some megabytes are kept and dropped', () => {
    const [model, slabs] = [new MemoryStore(), new SlabStore()];
    const random = randomOf(3);
    for (let seq = 1; seq <= 60; seq++) {
      const key = bytes(`${random(6)}${'k'.repeat(random(2) * 30_000)}`);
      const value = Buffer.alloc(random(4) === 0 ? random(5_000_000) : random(200_000), seq);
      const drops = random(8) === 0;
      for (const store of [model, slabs]) drops ? store.drop(key) : store.put(entry(key, value, seq));
      expect(slabs.byteCount).toBe(model.byteCount);
    }
    for (let i = 0; i < 6; i++) {
      for (const key of [`${i}`, `${i}${'k'.repeat(30_000)}`].map(bytes)) {
        const [found, right] = [slabs.get(key), model.get(key)];
        expect(found?.seq).toBe(right?.seq);
        expect(Buffer.compare(found?.value ?? Buffer.alloc(0), right?.value ?? Buffer.alloc(0))).toBe(0);
      }
    }
  });

  test('calls for any keys can be announced, and change nothing', () => {
    const slabs = new SlabStore(TINY);
    const hashes = Int32Array.from({ length: 8192 }, (_, i) => (i < 4096 ? i : Math.imul(i, 0x9e3779b1)));
    slabs.warm(hashes, hashes.length);
    for (let i = 0; i < 3000; i++) slabs.put(entry(`key-${i}`, Buffer.alloc(i % 150), i + 1));
    const keys = Int32Array.from({ length: 4000 }, (_, i) => hashBytes(bytes(`key-${i}`)));
    const before = storeState(slabs);
    slabs.warm(hashes, hashes.length);
    slabs.warm(keys, keys.length);
    slabs.warm(keys, 0);
    expect(storeState(slabs)).toEqual(before);
  });

  test('a record that takes the place of one as large is the new one in all its parts', () => {
    const [model, slabs] = [new MemoryStore(), new SlabStore(TINY)];
    const sizes = [
      { value: Buffer.alloc(24, 'a') },
      { value: Buffer.alloc(16, 'b'), expiryMs: 60_000 },
      { value: Buffer.alloc(17, 'c'), expiryMs: 70_000, hlc: 2 ** 50 },
      { value: Buffer.alloc(23, 'd'), origin: ORIGINS[1]! },
    ];
    for (let seq = 1; seq < 100; seq++) {
      const { value, ...rest } = sizes[seq % sizes.length]!;
      for (const store of [model, slabs]) store.put(entry('\x01key', value, seq, rest));
      expect(storeState(slabs)).toEqual(storeState(model));
      expect(slabs.deadBytes).toBe(0);
    }
  });

  test('more origins than fit into the short form of a record are kept apart', () => {
    const slabs = new SlabStore();
    const origins = Array.from({ length: 2100 }, (_, i) => `${i.toString(16).padStart(16, '0')}.00000001`);
    for (const [i, origin] of origins.entries()) slabs.put(entry(`key-${i}`, 'value', 1, { origin }));
    for (const [i, origin] of origins.entries()) expect(slabs.get(bytes(`key-${i}`))?.origin).toBe(origin);
  });
});

// ---------------------------------------------------------------------------------------------------------------------

type Call = { name: 'put' | 'write'; entry: Entry } | { name: 'drop' | 'get' | 'garbage' | 'evict'; key: Bytes };

const KEYS = ['', '\x00', '\x00\x00', '\xff', '\xffa', `\x01${'k'.repeat(40)}`, `\x02${'k'.repeat(9000)}`]
  .concat(Array.from({ length: 60 }, (_, i) => `\x00key-${i}`))
  .map(bytes);

function callArbitrary(): fc.Arbitrary<Call> {
  const key = fc.constantFrom(...KEYS);
  const size = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: 0, max: 200 }) },
    { weight: 3, arbitrary: fc.integer({ min: 200, max: 2000 }) },
    { weight: 1, arbitrary: fc.constantFrom(65_535, 65_536, 70_000, 30_000) },
  );
  const value = fc.oneof(
    { weight: 5, arbitrary: fc.tuple(size, fc.nat(255)).map(([length, fill]) => Buffer.alloc(length, fill)) },
    { weight: 1, arbitrary: fc.constant(null) },
  );
  const entries = fc.record({
    key,
    value,
    hlc: fc.oneof(fc.nat(1 << 20), fc.maxSafeNat()),
    origin: fc.constantFrom(...ORIGINS),
    seq: fc.oneof(fc.integer({ min: 1, max: 200 }), fc.maxSafeNat()),
    expiryMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 100 }), fc.maxSafeNat()),
  });
  const name = fc.constantFrom<'put' | 'write'>('put', 'put', 'write');
  const access = fc.constantFrom<'drop' | 'get' | 'garbage' | 'evict'>('drop', 'drop', 'evict', 'get', 'garbage');
  return fc.oneof(
    { weight: 3, arbitrary: fc.record({ name, entry: entries }) },
    { weight: 2, arbitrary: fc.record({ name: access, key }) },
  );
}

/** Gives what can be seen of the key and the counts afterwards. */
function perform(store: Store, call: Call, checksBuckets = false): unknown {
  if (call.name === 'put' || call.name === 'write') store[call.name](call.entry);
  else if (call.name === 'drop') store.drop(call.key);
  else if (call.name === 'evict') evict(store, call.key);
  else if (call.name === 'garbage' && checksBuckets) return store.garbage(bucketOf(call.key), 50).map(entryText).sort();
  const key = 'key' in call ? call.key : call.entry.key;
  const found = store.get(key);
  const { tombstoneCount, byteCount, stubCount } = store;
  const live = store.liveCount();
  const stubs = checksBuckets ? store.stubs(bucketOf(key)).map(entryText).sort() : [];
  return { found: found === undefined ? null : entryText(found), live, tombstoneCount, byteCount, stubCount, stubs };
}

function evict(store: Store, key: Bytes): void {
  const found = store.get(key);
  if (found !== undefined && found.value !== null) store.put(stubOf(found));
}

/** Numbers below a bound, the same ones each time (a linear congruential generator). */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
