import { beforeEach, describe, expect, test } from '@jest/globals';
import type { Entry } from '../../src/core/model/entry.js';
import { FoundWrites } from '../../src/engines/redis/found-writes.js';
import { MemoryStorage } from '../core/support/memory-store.js';

const HERE = 'a.1';
const SINCE = 100;
/** Batches of found writes: more than are kept apart. */
const BATCHES = 100;

let storage: MemoryStorage;
let writes: FoundWrites;

const entry = (hlc: number, seq: number, origin = HERE): Entry => ({
  ...{ key: Buffer.from('\0k'), value: Buffer.from(`${origin} ${seq}`), expiryMs: 0 },
  ...{ hlc, origin, seq },
});
const others = (hlc: number): Entry => entry(hlc, 1, 'b.1');

beforeEach(() => {
  storage = new MemoryStorage();
  writes = new FoundWrites(storage);
});

describe('a write that a scan found, and dated back', () => {
  beforeEach(() => writes.note([{ entry: entry(SINCE + 1, 5), since: SINCE }], 900));

  test('may be later than what another site wrote before it was read, and no later than what it wrote after that', () => {
    expect([899, 900].map((hlc) => writes.mayBeLater(entry(SINCE + 1, 5), others(hlc)))).toEqual([true, false]);
  });

  test('may be older than what another site wrote while the node was away, and is not older than what it wrote before', () => {
    expect([SINCE, SINCE + 1].map((hlc) => writes.mayBeOlder(entry(950, 5), others(hlc)))).toEqual([false, false]);
    expect([SINCE, SINCE + 1].map((hlc) => writes.mayBeOlder(entry(SINCE + 1, 5), others(hlc)))).toEqual([false, true]);
  });

  test('is told from what was written as it was read, by this node or another', () => {
    expect(writes.mayBeLater(entry(901, 5), others(300))).toBe(false);
    expect(writes.mayBeLater(entry(SINCE + 1, 6), others(300))).toBe(false);
    expect(writes.mayBeLater(entry(SINCE + 1, 5, 'b.1'), others(300))).toBe(false);
  });

  test('is known after a restart', () => {
    expect(new FoundWrites(storage).mayBeLater(entry(SINCE + 1, 5), others(300))).toBe(true);
  });
});

test('of many batches all are known, in a record that does not grow', () => {
  for (let seq = 1; seq <= BATCHES; seq++) writes.note([{ entry: entry(SINCE + 1, seq), since: SINCE }], 1000 + seq);
  for (let seq = 1; seq <= BATCHES; seq++) expect(writes.mayBeLater(entry(SINCE + 1, seq), others(300))).toBe(true);
  expect((storage.getMeta('redis/found') as unknown[]).length).toBeLessThan(BATCHES / 2);
});
