import { expect, test } from '@jest/globals';
import type { Context } from '../../src/core/context.js';
import { fullKey } from '../../src/core/model/entry.js';
import { HLC_EPOCH_MS, HybridClock, hlcFromMs } from '../../src/core/model/hlc.js';
import { PART, partPrefix } from '../../src/core/model/parts.js';
import { originOf } from '../../src/core/model/version.js';
import { Collections } from '../../src/core/replication/collections.js';
import { EarlierWrites } from '../../src/core/replication/earlier-writes.js';
import { Replica } from '../../src/core/replication/replica.js';
import { MemoryStore } from './support/memory-store.js';

const KEY = fullKey(0, Buffer.from('key'));
const START_MS = HLC_EPOCH_MS + 1000;

class Site {
  nowMs = START_MS;
  readonly replica: Replica;
  readonly collections: Collections;
  readonly earlier: EarlierWrites;

  constructor(digit: string) {
    const clock = new HybridClock(() => this.nowMs);
    this.replica = new Replica('data', originOf(digit.repeat(16), 1), new MemoryStore(), clock);
    this.collections = new Collections(this.replica, () => this.nowMs);
    const context = { replicas: { data: this.replica }, clock, fences: new Map() } as unknown as Context;
    this.earlier = new EarlierWrites(context, this.collections);
  }

  hears(other: Site): void {
    for (const range of other.replica.ranges(this.replica.vector, { bytesMax: 10_000 }).ranges)
      this.replica.receive(range);
  }

  /** As the collection of garbage does. */
  drop(key: Uint8Array): void {
    this.replica.drop(this.replica.store.get(key)!);
  }
}

test('what is dated back to before an expiry that was dropped here, and not yet elsewhere, is there on both sites', () => {
  const [here, there] = [new Site('a'), new Site('b')];
  const first = here.collections.put(KEY, 'field', Buffer.from('first'), Buffer.from('1'));
  const since = here.replica.upcoming().hlc;
  here.collections.expire(KEY, START_MS + 500);
  there.hears(here);
  for (const site of [here, there]) {
    site.nowMs += 60_000;
    expect(site.collections.shapeOf(KEY)).toBeUndefined();
  }
  here.drop(first.key);
  here.drop(partPrefix(PART.expiry, KEY));

  const found = here.earlier.part(since, KEY, 'field', Buffer.from('first'), Buffer.from('2'));
  expect(found.hlc).toBeGreaterThan(hlcFromMs(START_MS + 500));
  there.hears(here);
  expect([here, there].map(({ collections }) => collections.shapeOf(KEY))).toEqual(['field', 'field']);
});

test('the last part of a key, the delete of which is dated back, ends an expiry that was given to it later', () => {
  const [here, there] = [new Site('a'), new Site('b')];
  const put = ({ collections }: Site, name: string): unknown =>
    collections.put(KEY, 'field', Buffer.from(name), Buffer.from('1'));
  put(here, 'first');
  const since = here.replica.upcoming().hlc;
  here.nowMs += 100;
  there.nowMs += 100;
  put(there, 'second');
  there.collections.expire(KEY, START_MS + 60_000);
  here.hears(there);

  here.earlier.part(null, KEY, 'field', Buffer.from('second'), null);
  here.earlier.part(since, KEY, 'field', Buffer.from('first'), null);
  there.hears(here);
  for (const site of [here, there]) put(site, `of ${site.replica.origin}`);
  expect([here, there].map(({ collections }) => collections.expiryOf(KEY))).toEqual([0, 0]);
});
