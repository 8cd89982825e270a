import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { bytesToId } from '../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../src/core/model/entry.js';
import {
  isEnded,
  isLaterPart,
  PART,
  type PartKind,
  partKey,
  partKindOf,
  standsOn,
} from '../../src/core/model/parts.js';
import { isAfter, originOf } from '../../src/core/model/version.js';
import { CollectionView } from '../../src/core/replication/collection-view.js';
import { Eviction, type EvictionPolicy } from '../../src/core/store/eviction.js';
import type { Store } from '../../src/core/store/store.js';
import { VolatileStorage } from '../../src/core/store/volatile-storage.js';
import { SLAB_SIZES } from '../../src/engines/embedded/slab/slab-space.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { partWrites, WHOLES } from './support/part-writes.js';

const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24 };
const ORIGIN = originOf('a'.repeat(16), 1);

test.each([
  ['plain memory', () => new MemoryStore()],
  ['tiny slabs', () => new SlabStore(TINY)],
] as const)('what was evicted is found no more until it is written anew, and leaves stubs alone: %s', (_, create) => {
  const step = fc.record({ evicts: fc.boolean(), key: fc.nat(WHOLES.length - 1), slices: fc.nat(5) });
  const property = fc.property(partWrites(80), fc.array(step, { maxLength: 80, size: 'max' }), (writes, steps) => {
    const store = create();
    const model = new Model();
    for (const [i, write] of writes.entries()) {
      // An expiry is never evicted; another test has them.
      if (write.isPart && partKindOf(write.entry.key) === PART.expiry) continue;
      store.putIfAfter(write.entry);
      model.put(write.entry, write.whole, write.isPart);
      const { evicts, key, slices } = steps[i] ?? { evicts: false, key: 0, slices: 0 };
      if (evicts) {
        store.owners.evict(WHOLES[key]!);
        model.evict(WHOLES[key]!);
      }
      for (let left = slices; left > 0; left--) for (const stub of store.owners.nextEvicted()) store.put(stub);
      expect(foundIn(store)).toEqual(model.found());
    }
    for (let stubs = store.owners.nextEvicted(); stubs.length > 0; stubs = store.owners.nextEvicted())
      for (const stub of stubs) store.put(stub);
    while (store.sweepParts(1000));
    expect([foundIn(store), store.stubCount]).toEqual([model.found(), model.stubCount]);
    expect(store.evictedKeyCount).toBe(model.evictedKeyCount);
  });
  fc.assert(property, { numRuns: 30 });
});

test('the key that was not used for longest goes, with all of its parts, and one that is read or written stays', () => {
  const { store, eviction, put } = setUp('allkeys-lru', 400, 10);
  const [read, written] = [fullKey(0, Buffer.from('hash0')), fullKey(0, Buffer.from('hash1'))];
  eviction.limit = { bytesMax: store.memoryBytes, policy: 'allkeys-lru' };
  for (let i = 0; i < 8000; i++) {
    store.used(read);
    if (i % 40 === 0) put(fullKey(0, Buffer.from(`more${i / 40}`)), 'a', 'v');
    put(written, 'f0', `w${i % 10}`);
    expect(eviction.makeRoom()).toBe(true);
  }
  expect([eviction.isOver, sizeOf(store, read), sizeOf(store, written)]).toEqual([false, 10, 10]);
  const sizes = Array.from({ length: 400 }, (_, i) => sizeOf(store, fullKey(0, Buffer.from(`hash${i}`))));
  // Some are gone, none in part.
  expect([...new Set(sizes)].sort()).toEqual([0, 10]);
  expect(eviction.evictions).toBeLessThan(100);
});

test('what peers send is evicted in steps, a key of many parts too, which is found no more from the first of them on', () => {
  const { store, eviction } = setUp('allkeys-lru', 1, 20_000);
  const key = fullKey(0, Buffer.from('hash0'));
  eviction.limit = { bytesMax: 1_500_000, policy: 'allkeys-lru' };
  let steps = 0;
  while (eviction.step()) {
    steps++;
    expect(sizeOf(store, key)).toBe(0);
  }
  expect([steps > 10, eviction.evictions, store.stubCount, store.owners.isEvicting]).toEqual([true, 1, 20_000, false]);
  expect(store.evictedKeyCount).toBe(1);
});

test('by volatile-ttl only what has an expiry goes, the soonest first, whatever it is', () => {
  const { store, eviction, put, expire } = setUp('volatile-ttl', 50, 10);
  eviction.limit = { bytesMax: 1000, policy: 'volatile-ttl' };
  expect([eviction.makeRoom(), eviction.evictions]).toEqual([false, 0]);
  const ending = fullKey(0, Buffer.from('hash7'));
  put(ending, 'f0', 'again');
  expire(ending, 5_000_000);
  expect([eviction.makeRoom(), eviction.evictions, sizeOf(store, ending)]).toEqual([false, 1, 0]);
});

// ---

/** `keys` hashes of `fields` fields each. */
function setUp(policy: EvictionPolicy, keys: number, fields: number) {
  // What is known of most keys rests in their marks.
  const storage = new VolatileStorage(() => new SlabStore({ ...SLAB_SIZES, awakeMax: 16 }));
  const store = storage.store('data');
  const eviction = new Eviction(storage, Math.random, { bytesMax: 1e9, policy });
  let seq = 0;
  const write = (kind: PartKind, key: Uint8Array, name: string, value: Uint8Array): void =>
    store.write({
      key: partKey(kind, key, Buffer.from(name)),
      value,
      hlc: ++seq,
      origin: ORIGIN,
      seq,
      expiryMs: 0,
    });
  const put = (key: Uint8Array, name: string, value: string): void =>
    write(PART.field, key, name, Buffer.from(value.padEnd(40)));
  const expire = (key: Uint8Array, expiryMs: number): void => {
    const value = Buffer.alloc(24 + ORIGIN.length);
    value.writeDoubleLE(seq, 0);
    value.writeDoubleLE(expiryMs, 8);
    value.write(ORIGIN, 24, 'latin1');
    write(PART.expiry, key, '', value);
  };
  for (let i = 0; i < keys; i++)
    for (let j = 0; j < fields; j++) put(fullKey(0, Buffer.from(`hash${i}`)), `f${j}`, 'v');
  return { store, eviction, put, expire };
}

function sizeOf(store: Store, key: Uint8Array): number {
  return store.owners.get(key)?.sizeOf(PART.field) ?? 0;
}

/** The keys of the parts that readers find, one way and the other. */
function foundIn(store: Store): string[] {
  const found: string[] = [];
  for (const whole of WHOLES) {
    const owner = store.owners.get(whole);
    for (const kind of [PART.field, PART.member, PART.score, PART.count]) {
      const list = owner?.lists[kind];
      if (owner === undefined || list === undefined) continue;
      const view = new CollectionView(whole, owner, list, store);
      const names = Array.from({ length: view.size }, (_, place) => view.at(place).name);
      for (const name of names) {
        expect(view.get(name)).toBeDefined();
        found.push(bytesToId(partKey(kind, whole, name)));
      }
    }
  }
  return found.sort();
}

class Model {
  private readonly wholes = new Map<string, Entry>();
  private readonly parts = new Map<string, { entry: Entry; readonly whole: string; isEvicted: boolean }>();

  put(entry: Entry, whole: Uint8Array, isPart: boolean): void {
    const [id, wholeId] = [bytesToId(entry.key), bytesToId(whole)];
    if (!isPart) {
      const known = this.wholes.get(id);
      if (known === undefined || isAfter(entry, known)) this.wholes.set(id, entry);
      for (const [part, { entry: one, whole: of, isEvicted }] of this.parts)
        if (of === id && this.hasEnded(one, id, isEvicted)) this.parts.delete(part);
      return;
    }
    const known = this.parts.get(id);
    if (this.hasEnded(entry, wholeId, false)) return;
    if (known === undefined || isLaterPart(entry, known.entry))
      this.parts.set(id, { entry, whole: wholeId, isEvicted: false });
  }

  evict(whole: Uint8Array): void {
    for (const part of this.parts.values())
      if (part.whole === bytesToId(whole) && part.entry.value !== null) part.isEvicted = true;
  }

  found(): string[] {
    return [...this.parts]
      .filter(([, { entry, isEvicted }]) => entry.value !== null && !isEvicted)
      .map(([id]) => id)
      .sort();
  }

  get stubCount(): number {
    return [...this.parts.values()].filter(({ isEvicted }) => isEvicted).length;
  }

  get evictedKeyCount(): number {
    return new Set([...this.parts.values()].filter(({ isEvicted }) => isEvicted).map(({ whole }) => whole)).size;
  }

  /** Since when a share of a number was counted is in its value. */
  private hasEnded(part: Entry, whole: string, isEvicted: boolean): boolean {
    return isEnded(isEvicted ? part : standsOn(part), this.wholes.get(whole));
  }
}
