import { expect, test } from '@jest/globals';
import { Ledger } from '../../src/engines/redis/ledger.js';
import { ABSENT } from '../../src/engines/redis/ledger-row.js';
import { MemoryStorage } from '../core/support/memory-store.js';

const STATE = { digest: 'string:00', expiryMs: 0 };
const RECORDS = 'redis/keys/';
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `\0key ${i}`);

function ledgerOf(storage: MemoryStorage): Ledger {
  return new Ledger(storage, () => 0);
}

function waitingOf(ledger: Ledger): string[] {
  return [...ledger.waiting].map(({ id }) => id);
}

test('keys that came together are few records, and known in their order after a restart', () => {
  const storage = new MemoryStorage();
  const ledger = ledgerOf(storage);
  ledger.together(() => {
    for (const id of ids(200)) ledger.set(id, ABSENT);
  });
  expect(storage.metaNames(RECORDS)).toHaveLength(4);
  const again = ledgerOf(storage);
  expect(waitingOf(again)).toEqual(ids(200));
  expect(again.get('\0key 7')).toEqual(ABSENT);
  // A write of a peer that was pending before the restart may have arrived.
  expect(again.isAsSent('\0key 7')).toBe(true);
});

test('a settled key is gone from its record at once, and the last one takes the record with it', () => {
  const storage = new MemoryStorage();
  const ledger = ledgerOf(storage);
  ledger.together(() => {
    for (const id of ids(3)) ledger.set(id, { bases: [STATE], wanted: true });
  });
  ledger.settle('\0key 1');
  expect(waitingOf(ledgerOf(storage))).toEqual(['\0key 0', '\0key 2']);
  ledger.together(() => {
    for (const id of ids(3)) ledger.settle(id);
  });
  expect(storage.metaNames(RECORDS)).toEqual([]);
  expect(ledgerOf(storage).wanted).toBe(0);
});

test('a key that changes keeps its place and its record, with what it is known by then', () => {
  const storage = new MemoryStorage();
  const ledger = ledgerOf(storage);
  ledger.together(() => {
    for (const id of ids(3)) ledger.set(id, ABSENT);
  });
  ledger.sending('\0key 0');
  ledger.noteSent('\0key 0', () => STATE, 0);
  ledger.set('\0key 1', { bases: [null], wanted: false, isDoubtful: true });
  const again = ledgerOf(storage);
  expect(again.get('\0key 0')).toMatchObject({ bases: [null, STATE], wanted: true });
  expect(waitingOf(again)).toEqual(['\0key 0', '\0key 2']);
  expect([again.evicted, [...again.doubtful]]).toEqual([1, ['\0key 1']]);
  expect(storage.metaNames(RECORDS)).toHaveLength(1);
});

test('a key that was settled and differs again gets a record of its own', () => {
  const storage = new MemoryStorage();
  const ledger = ledgerOf(storage);
  ledger.together(() => {
    for (const id of ids(2)) ledger.set(id, ABSENT);
  });
  ledger.settle('\0key 0');
  ledger.set('\0key 0', { bases: [STATE], wanted: true });
  expect(waitingOf(ledgerOf(storage))).toEqual(['\0key 1', '\0key 0']);
  expect(ledgerOf(storage).get('\0key 0')).toMatchObject({ bases: [STATE] });
});

test('what an earlier version kept key by key is read, and kept anew', () => {
  const storage = new MemoryStorage();
  storage.setMeta('redis/key/\0one', 1);
  storage.setMeta('redis/key/\0two', [1, 'string:00', 0]);
  storage.setMeta('redis/key/\0three', [3, [[], ['string:00', 0]]]);
  const ledger = ledgerOf(storage);
  expect(storage.metaNames('redis/key/')).toEqual([]);
  for (const one of [ledger, ledgerOf(storage)]) {
    expect(one.get('\0one')).toMatchObject({ bases: [null], wanted: true });
    expect(one.get('\0two')).toMatchObject({ bases: [STATE], wanted: true });
    expect(one.get('\0three')).toMatchObject({ bases: [null, STATE], wanted: true, isUnsure: true });
  }
});

test('a collection that was found gone is no base any more: what comes then is written anew', () => {
  const ledger = ledgerOf(new MemoryStorage());
  const hash = { digest: 'hash:00000000', expiryMs: 1000, content: Buffer.from('the dump of it') };
  ledger.set('\0hash', { bases: [hash], wanted: true });
  ledger.set('\0string', { bases: [STATE], wanted: true });
  for (const id of ['\0hash', '\0string', '\0none']) ledger.noteGone(id);
  expect(['\0hash', '\0string', '\0none'].map((id) => ledger.get(id)?.bases)).toEqual([[null], [STATE], undefined]);
});

test('of collections that waited before a restart only those that were sent may have arrived', () => {
  const storage = new MemoryStorage();
  const open = (): Ledger =>
    new Ledger(
      storage,
      () => 0,
      () => undefined,
      (id) => id !== '\0string',
    );
  const ledger = open();
  for (const id of ['\0sent', '\0waits', '\0read', '\0string']) ledger.set(id, ABSENT);
  // Nothing of an earlier version says what was sent.
  expect(open().isAsSent('\0waits')).toBe(true);
  ledger.together(() => {
    ledger.sending('\0sent');
    ledger.sending('\0read');
  });
  ledger.wasRead('\0read', STATE);
  const again = open();
  expect(['\0sent', '\0waits', '\0read', '\0string'].map((id) => again.isAsSent(id))).toEqual([
    true,
    false,
    false,
    true,
  ]);
  again.noteSent('\0sent', () => STATE, 0);
  const third = open();
  expect(third.isAsSent('\0sent')).toBe(false);
  expect(third.get('\0sent')?.bases).toEqual([null, STATE]);
});
