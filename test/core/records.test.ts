import { describe, expect, test } from '@jest/globals';
import { DEFAULT_SETTINGS, Records, readSetAside } from '../../src/core/membership/records.js';
import { OperatorError } from '../../src/core/model/errors.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { originOf } from '../../src/core/model/version.js';
import { Replica } from '../../src/core/replication/replica.js';
import { MemoryStore } from './support/memory-store.js';

function makeRecords(): { records: Records; store: MemoryStore } {
  const store = new MemoryStore();
  let records: Records | null = null;
  const clock = new HybridClock(() => 1_800_000_000_000);
  const replica = new Replica('system', originOf('a'.repeat(16), 1), store, clock, (entry) =>
    records?.noteEntry(entry),
  );
  records = new Records(replica);
  return { records, store };
}

describe('settings', () => {
  test('are the defaults until one is set', () => {
    const { records } = makeRecords();
    expect(records.settings()).toEqual(DEFAULT_SETTINGS);
    records.putSetting('failure-timeout', '200');
    records.putSetting('on-heal', 'manual');
    expect(records.settings()).toEqual({ ...DEFAULT_SETTINGS, 'failure-timeout': 200, 'on-heal': 'manual' });
  });

  test('refuse a value out of bounds, and a name that is none', () => {
    const { records } = makeRecords();
    const bad = [
      ['failure-timeout', '199'],
      ['failure-timeout', '1e3'],
      ['on-heal', 'no'],
      ['nothing', '1'],
      ['set-aside-days', '0'],
    ];
    for (const [key, value] of bad) {
      try {
        records.putSetting(key!, value!);
        throw new Error(`${key} took ${value}`);
      } catch (error) {
        expect(error instanceof OperatorError && error.code).toBe('bad-setting');
      }
    }
    expect(records.settings()).toEqual(DEFAULT_SETTINGS);
  });
});

describe('set-aside values', () => {
  test('come back with any key, any value, and deletes', () => {
    const { records, store } = makeRecords();
    const standing = { hlc: 9, origin: 'x' };
    const base = { incident: 'one', island: 1, expiryMs: 5, hlc: 7, origin: 'o', seq: 3, standing };
    const asides = [
      { ...base, key: Buffer.from([0, 255, 0x2f]), value: Buffer.from([0, 1, 254]) },
      { ...base, key: Buffer.from([]), value: null },
    ];
    for (const aside of asides) records.putSetAside(aside, aside, 1_900_000_000_000);
    const found = Array.from({ length: 4096 }, (_, i) => store.bucket(i)).flat();
    const read = found.flatMap((entry) => readSetAside(entry, 'one') ?? []);
    expect(read.sort((a, b) => b.key.length - a.key.length)).toEqual(asides);
    expect(found.map((entry) => readSetAside(entry, 'on'))).toEqual([null, null]);
  });
});
