import { expect, test } from '@jest/globals';
import { fullKey } from '../../src/core/model/entry.js';
import { HLC_EPOCH_MS, HybridClock } from '../../src/core/model/hlc.js';
import { originOf } from '../../src/core/model/version.js';
import { Collections } from '../../src/core/replication/collections.js';
import { Replica } from '../../src/core/replication/replica.js';
import { MemoryStore } from './support/memory-store.js';

const KEY = fullKey(0, Buffer.from('key'));

/** A replica with what it knows of keys with parts. */
class Site {
  nowMs = HLC_EPOCH_MS + 1000;
  readonly replica: Replica;
  readonly collections: Collections;

  constructor(digit: string) {
    const clock = new HybridClock(() => this.nowMs);
    this.replica = new Replica('data', originOf(digit.repeat(16), 1), new MemoryStore(), clock);
    this.collections = new Collections(this.replica, () => this.nowMs);
  }

  get number(): string | undefined {
    const entry = this.collections.numberAt(KEY, this.replica.store.get(KEY));
    return entry === undefined ? undefined : Buffer.from(entry.value).toString();
  }

  hears(other: Site): void {
    for (const range of other.replica.ranges(this.replica.vector, { bytesMax: 10_000 }).ranges)
      this.replica.receive(range);
  }
}

test.each([
  ['field', 'count'],
  ['count', 'field'],
] as const)(
  'of a hash and a number that were made at the same time the later one is seen everywhere: first the %s',
  (first, then) => {
    const sites = [new Site('a'), new Site('b')] as const;
    for (const [i, made] of [first, then].entries()) {
      const { collections } = sites[i as 0 | 1];
      if (made === 'field') collections.put(KEY, 'field', Buffer.from('name'), Buffer.from('value'));
      else collections.add(KEY, 5n);
      for (const site of sites) site.nowMs += 10;
    }
    sites[0].hears(sites[1]);
    sites[1].hears(sites[0]);
    for (const { collections, number } of sites.map((site) => ({ collections: site.collections, number: site.number })))
      expect([collections.shapeOf(KEY), number]).toEqual([then, then === 'count' ? '5' : undefined]);
  },
);
