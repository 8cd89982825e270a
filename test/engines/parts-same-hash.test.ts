import { expect, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import { hlcFromMs } from '../../src/core/model/hlc.js';
import { expiryBytes, PART, partKey } from '../../src/core/model/parts.js';
import { originOf } from '../../src/core/model/version.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';

const ORIGIN = originOf('a'.repeat(16), 1);
const START_MS = Date.UTC(2026, 0, 1);
const KEY = fullKey(0, Buffer.from('hash'));

test('of parts with one hash some have expired: those and the others are counted once each, however often the expiry is moved', () => {
  const store = new SlabStore(undefined, () => 4711);
  let seq = 0;
  const put = (key: Uint8Array, value: Uint8Array, atMs: number): void =>
    store.write({ key, value, hlc: hlcFromMs(atMs), origin: ORIGIN, seq: ++seq, expiryMs: 0 });
  const base = { hlc: hlcFromMs(START_MS), origin: ORIGIN };
  const expire = (expiryMs: number, atMs: number): void =>
    put(partKey(PART.expiry, KEY, new Uint8Array(0)), expiryBytes({ base, expiryMs, floor: 0 }), atMs);
  const sizesAt = (nowMs: number): number[] => {
    const owner = store.owners.get(KEY)!;
    store.owners.settle(owner, nowMs);
    return [owner.sizeOf(PART.field), owner.hidden[PART.field]?.size ?? 0];
  };
  for (let i = 0; i < 6; i++)
    put(partKey(PART.field, KEY, Buffer.from(`field${i}`)), Buffer.from('v'), START_MS + 1000 * i);
  expire(START_MS + 3000, START_MS + 7000);
  expect(sizesAt(START_MS + 8000)).toEqual([3, 3]);
  expire(START_MS + 5000, START_MS + 8000);
  expect(sizesAt(START_MS + 9000)).toEqual([1, 5]);
  expire(START_MS + 1000, START_MS + 9000);
  expect(sizesAt(START_MS + 10_000)).toEqual([5, 1]);
  expire(0, START_MS + 10_000);
  expect(sizesAt(START_MS + 11_000)).toEqual([6, 0]);
});
