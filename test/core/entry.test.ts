import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  clientKeyOf,
  databaseOf,
  digestEntry,
  type Entry,
  fullKey,
  isLive,
  isTombstone,
} from '../../src/core/model/entry.js';
import { finish } from '../../src/core/model/steps.js';
import { A2, anyKey, bytes, entry, NOW_MS } from './samples.js';

describe('full keys', () => {
  test('a full key holds its database and the key of the client', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 255 }), anyKey, (database, key) => {
        const full = fullKey(database, key);
        expect(databaseOf(full)).toBe(database);
        expect(Buffer.compare(clientKeyOf(full), key)).toBe(0);
      }),
    );
  });

  test('a key without any bytes counts to database 0', () => {
    expect(databaseOf(bytes(''))).toBe(0);
    expect(clientKeyOf(bytes(''))).toHaveLength(0);
  });
});

describe('expiry', () => {
  const expiring = entry('k', 'v', { expiryMs: NOW_MS });

  test('an entry lives until its expiry, and is a tombstone from that very millisecond on', () => {
    expect([isLive(expiring, NOW_MS - 1), isTombstone(expiring, NOW_MS - 1)]).toEqual([true, false]);
    expect([isLive(expiring, NOW_MS), isTombstone(expiring, NOW_MS)]).toEqual([false, true]);
  });

  test('an entry without expiry lives for ever, an empty value too; a tombstone and nothing never do', () => {
    expect(isLive(entry('k', ''), Number.MAX_SAFE_INTEGER)).toBe(true);
    expect([isLive(entry('k', null), 0), isLive(undefined, 0)]).toEqual([false, false]);
    expect(isTombstone(entry('k', null), 0)).toBe(true);
  });
});

test('a digest tells entries apart by key, version, expiry and value, and a delete from an empty value', () => {
  const base = entry('k', 'v');
  const others = [
    entry('k2', 'v'),
    entry('k', 'w'),
    entry('k', ''),
    entry('k', null),
    entry('', 'v'),
    { ...base, hlc: 1 },
    { ...base, origin: A2 },
    { ...base, expiryMs: 1 },
  ];
  const digestOf = (entry: Entry): number => finish(digestEntry(entry));
  const digests = [base, ...others].map(digestOf);
  expect(new Set(digests).size).toBe(digests.length);
  expect(digestOf({ ...base, seq: 9, value: Uint8Array.from(base.value!) })).toBe(digests[0]);
});
