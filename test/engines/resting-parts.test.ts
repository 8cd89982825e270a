import { expect, test } from '@jest/globals';
import { BUCKETS, type Bytes, bytesToId } from '../../src/core/model/bytes.js';
import { fullKey } from '../../src/core/model/entry.js';
import { countBytes, expiryBytes, PART, type PartKind, partKey } from '../../src/core/model/parts.js';
import { CollectionView } from '../../src/core/replication/collection-view.js';
import { SLAB_SIZES } from '../../src/engines/embedded/slab/slab-space.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { scoreBytes } from '../../src/fronts/resp/collection.js';
import { bytes, ORIGIN } from './support/entries.js';
import { EPOCH_MS } from './support/part-model.js';

const KEYS = Array.from({ length: 40 }, (_, i) => fullKey(0, bytes(`key-${i}`)));
const SIZES = { ...SLAB_SIZES, awakeMax: 2 };

test.each([
  ['hashes', PART.field, bytes('value')],
  ['sets', PART.member, bytes('')],
  ['sorted sets', PART.score, scoreBytes(1)],
  ['numbers', PART.count, countBytes({ sum: 7n, since: { hlc: 1, origin: ORIGIN } })],
] as const)('small %s have no objects but for those that were asked for last', (_, kind, value) => {
  const filled = new Filled();
  for (const key of KEYS) filled.put(kind, key, 'a', value);
  expect(filled.resting()).toBe(KEYS.length - SIZES.awakeMax);
  for (const key of KEYS) expect(filled.store.owners.get(key)!.sizeOf(kind)).toBe(1);
  expect(filled.store.owners.get(KEYS[0]!)!.lists[PART.count]?.counts?.[0]?.sum).toBe(
    kind === PART.count ? 7n : undefined,
  );
});

test('a hash with an expiry rests too, and is found by the time at which it expires', () => {
  const filled = new Filled();
  const endsMs = (i: number): number => EPOCH_MS + 1000 * (1 + (i % 4));
  for (const [i, key] of KEYS.entries()) {
    filled.put(PART.field, key, 'a', bytes('value'));
    const base = { hlc: 1, origin: ORIGIN };
    filled.put(PART.expiry, key, '', expiryBytes({ base, expiryMs: endsMs(i), floor: 0 }));
  }
  expect(filled.resting()).toBe(KEYS.length - SIZES.awakeMax);
  const { owners } = filled.store;
  for (const seconds of [1, 2, 3]) {
    const atMs = EPOCH_MS + 1000 * seconds;
    const ended: string[] = [];
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      for (const owner of owners.endingIn(bucket, atMs)) {
        owners.settle(owner, atMs);
        if (!owner.hasParts) ended.push(owner.id);
      }
    }
    expect(ended.sort()).toEqual(
      KEYS.filter((_, i) => endsMs(i) <= atMs)
        .map(bytesToId)
        .sort(),
    );
  }
});

test('hashes with an expiry count as such, resting or not, until they have expired or have none any more', () => {
  const filled = new Filled();
  const { store } = filled;
  const expire = (key: Bytes, hlc: number, expiryMs: number): void =>
    filled.put(PART.expiry, key, '', expiryBytes({ base: { hlc, origin: ORIGIN }, expiryMs, floor: 0 }));
  for (const [i, key] of KEYS.entries()) {
    filled.put(PART.field, key, 'a', bytes('value'));
    if (i % 2 === 0) expire(key, 1, EPOCH_MS + 1000 * (1 + (i % 4)));
  }
  const counts = (nowMs: number): number[] => {
    const expired: number[] = [];
    store.countExpired(0, BUCKETS, nowMs, expired);
    return [store.liveCount(0), store.endingCount(0), expired.length];
  };
  expect(counts(EPOCH_MS)).toEqual([40, 20, 0]);
  filled.put(PART.field, KEYS[0]!, 'b', bytes('value'));
  filled.write(KEYS[4]!, null);
  expire(KEYS[8]!, 2, 0);
  expect(counts(EPOCH_MS)).toEqual([39, 18, 0]);
  // Of those 10 end after a second, but for the three above; the others after three.
  expect(counts(EPOCH_MS + 1000)).toEqual([31, 10, 0]);
  expect(counts(EPOCH_MS + 3000)).toEqual([21, 0, 0]);
});

test('a hash that was deleted and written again rests once its tombstone is forgotten', () => {
  const filled = new Filled();
  for (const key of KEYS) {
    filled.write(key, null);
    filled.put(PART.field, key, 'a', bytes('value'));
  }
  expect(filled.resting()).toBe(0);
  for (const key of KEYS) filled.store.drop(key);
  filled.put(PART.field, fullKey(0, bytes('another')), 'a', bytes('value'));
  expect(filled.resting()).toBe(KEYS.length);
});

test('a sorted set has its order again after it rested and was written by score', () => {
  const filled = new Filled();
  const [key, other] = [KEYS[0]!, KEYS[1]!];
  for (const [i, name] of ['c', 'a', 'b'].entries()) filled.put(PART.score, key, name, scoreBytes(i));
  for (const another of KEYS.slice(2)) filled.put(PART.field, another, 'a', bytes('value'));
  filled.put(PART.score, key, 'c', scoreBytes(9));
  filled.put(PART.score, other, 'x', scoreBytes(9));
  expect(filled.order(key)).toEqual(['a', 'b', 'c']);
});

// ---

class Filled {
  readonly store = new SlabStore(SIZES);
  private seq = 0;

  put(kind: PartKind, key: Bytes, name: string, value: Bytes): void {
    this.write(partKey(kind, key, bytes(name)), value);
  }

  write(key: Bytes, value: Bytes | null): void {
    const seq = ++this.seq;
    this.store.write({ key, value, hlc: seq, origin: ORIGIN, seq, expiryMs: 0 });
  }

  /** Keys that rest, or did before they were asked for. */
  resting(): number {
    return Array.from({ length: BUCKETS }, (_, bucket) => this.store.parts.restingIn(bucket)).flat().length;
  }

  order(key: Bytes): string[] {
    const owner = this.store.owners.get(key)!;
    const view = new CollectionView(key, owner, owner.list(PART.score), this.store);
    return Array.from({ length: view.size }, (_, rank) => Buffer.from(view.atRank(rank).name).toString());
  }
}
