import { beforeEach, describe, expect, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import { HLC_EPOCH_MS, HybridClock } from '../../src/core/model/hlc.js';
import { PART, partKey } from '../../src/core/model/parts.js';
import { originOf } from '../../src/core/model/version.js';
import { Collections } from '../../src/core/replication/collections.js';
import { Replica } from '../../src/core/replication/replica.js';
import { takenApart } from '../../src/engines/redis/collection-dump.js';
import { NodeCopy } from '../../src/engines/redis/node-copy.js';
import { MemoryStore } from '../core/support/memory-store.js';

const KEY = fullKey(0, Buffer.from('key'));
const START_MS = HLC_EPOCH_MS + 1000;
const EXPIRY_MS = START_MS + 500;

let nowMs: number;
let replica: Replica;
let collections: Collections;
let copy: NodeCopy;

beforeEach(() => {
  nowMs = START_MS;
  const clock = new HybridClock(() => nowMs);
  replica = new Replica('data', originOf('a'.repeat(16), 1), new MemoryStore(), clock);
  collections = new Collections(replica, () => nowMs);
  copy = new NodeCopy(replica.store, () => nowMs);
});

describe('a hash that has expired in the node', () => {
  const put = (name: string, value: string): unknown =>
    collections.put(KEY, 'field', Buffer.from(name), Buffer.from(value));
  const place = (name: string): Uint8Array => partKey(PART.field, KEY, Buffer.from(name));
  const held = (): unknown => {
    const entry = copy.heldAt(KEY);
    return [entry?.expiryMs, entry?.value == null ? null : Object.fromEntries(takenApart(entry.value)!.elements)];
  };

  beforeEach(() => {
    put('first', '1');
    put('second', '2');
    put('gone', '3');
    collections.delete(KEY, 'field', Buffer.from('gone'));
    collections.expire(KEY, EXPIRY_MS);
    nowMs = EXPIRY_MS + 10;
  });

  test('is none for a reader, and may still be in Redis as it was', () => {
    expect(copy.get(KEY)).toBeUndefined();
    expect(held()).toEqual([EXPIRY_MS, { first: '1', second: '2' }]);
  });

  test('is what has been written since, once something has been', () => {
    put('third', '3');
    expect(held()).toEqual([0, { third: '3' }]);
  });

  test('tells what has expired from what was taken away', () => {
    expect(['first', 'gone'].map((name) => copy.hasExpired(place(name)))).toEqual([true, false]);
    replica.write(KEY, null, 0);
    expect(copy.hasExpired(place('first'))).toBe(false);
    expect(held()).toEqual([0, null]);
  });
});
