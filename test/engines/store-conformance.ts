import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, bucketOf } from '../../src/core/model/bytes.js';
import { type Entry, fullKey, stubOf } from '../../src/core/model/entry.js';
import { EXPIRY_MAX } from '../../src/core/model/expiry.js';
import { FLOOR_ALL } from '../../src/core/model/vector.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { faultOf } from '../../src/core/store/packed-entries.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import type { Storage } from '../../src/core/store/store.js';
import { MemoryStorage } from '../core/support/memory-store.js';
import { rangeOf } from '../core/support/ranges.js';
import { callArbitrary } from './support/calls.js';
import { bytes, entry, ORIGIN, ORIGINS, REPLICAS } from './support/entries.js';
import { entryText, hex, stateOf } from './support/state.js';
import { nextStub } from './support/victims.js';

/** How the suite gets at an implementation. */
export interface Subject<S extends Storage> {
  /** A new, empty one; the suite closes it. */
  create(): Promise<S>;
  /** Close it and open what it kept; null if it keeps nothing. */
  reopen: ((storage: S) => Promise<S>) | null;
  close(storage: S): Promise<void>;
}

/** What every storage that ships owes: the guarantees of Store and Storage, whatever it does beside. */
export function storeConformance<S extends Storage>(name: string, subject: Subject<S>): void {
  const situation = (title: string, body: (storage: S) => void | Promise<void>) =>
    test(title, async () => {
      const storage = await subject.create();
      try {
        await body(storage);
      } finally {
        await subject.close(storage);
      }
    });

  describe(`${name}: entries`, () => {
    const KEYS = ['', '\x00', '\x00\x00', '\xff', '\xff\xff', 'doc', 'doc2', `long ${'k'.repeat(5000)}`];

    situation('keys that are empty, binary, long or begin alike are kept apart', (storage) => {
      const store = storage.store('data');
      for (const [index, key] of KEYS.entries()) store.write(entry(key, `value of ${index}`, index + 1));
      for (const [index, key] of KEYS.entries()) {
        expect(entryText(store.get(bytes(key))!)).toBe(entryText(entry(key, `value of ${index}`, index + 1)));
      }
      expect(store.get(bytes('do'))).toBeUndefined();
      expect(store.liveCount()).toBe(KEYS.length);
    });

    situation('an empty value is a value, and null a tombstone', (storage) => {
      const store = storage.store('data');
      store.write(entry('empty', '', 1));
      store.write(entry('deleted', null, 2));
      expect(store.get(bytes('empty'))?.value?.length).toBe(0);
      expect(store.get(bytes('deleted'))?.value).toBeNull();
      expect([store.liveCount(), store.tombstoneCount]).toEqual([1, 1]);
    });

    situation('what was written does not change with the memory that was passed in', (storage) => {
      const [key, value] = [Buffer.from('key'), Buffer.from('value')];
      storage.store('data').write(entry(key, value, 1));
      storage.store('data').put(entry(value, key, 2));
      key.fill(0);
      value.fill(0);
      expect(entryText(storage.store('data').get(bytes('key'))!)).toBe(entryText(entry('key', 'value', 1)));
      expect(entryText(storage.store('data').get(bytes('value'))!)).toBe(entryText(entry('value', 'key', 2)));
      expect(
        storage
          .store('data')
          .rows(ORIGIN, 0, 9, 9)
          .map((row) => hex(row.key)),
      ).toEqual([hex(bytes('key'))]);
    });

    situation('a value of several megabytes comes back whole', (storage) => {
      const value = Buffer.alloc(6_000_000, 'abc');
      storage.store('data').put(entry('big', value, 1));
      expect(Buffer.compare(storage.store('data').get(bytes('big'))!.value!, value)).toBe(0);
      expect(storage.store('data').byteCount).toBe(3 + value.length);
    });

    situation('the greatest timestamps, sequence numbers and expiries are kept exactly', (storage) => {
      const greatest = entry('key', 'value', Number.MAX_SAFE_INTEGER, {
        hlc: Number.MAX_SAFE_INTEGER,
        expiryMs: EXPIRY_MAX,
      });
      storage.store('data').write(greatest);
      expect(entryText(storage.store('data').get(greatest.key)!)).toBe(entryText(greatest));
    });

    situation('a value that is no string keeps its type, and loses it when a string takes its place', (storage) => {
      const store = storage.store('data');
      const hash = entry('key', 'dumped', 1, { type: 1, expiryMs: 5 });
      store.write(hash);
      expect(entryText(store.get(hash.key)!)).toBe(entryText(hash));
      store.write(entry('key', 'text', 2));
      expect(store.get(hash.key)!.type).toBeUndefined();
    });

    situation('put replaces without a log row or the vector, drop forgets, counts follow', (storage) => {
      const store = storage.store('data');
      store.put(entry(fullKey(1, bytes('a')), 'long value', 1));
      store.put(entry(fullKey(1, bytes('a')), 'v', 2));
      store.put(entry(fullKey(2, bytes('b')), null, 3));
      expect([store.liveCount(), store.liveCount(1), store.liveCount(2), store.byteCount]).toEqual([1, 1, 0, 5]);
      store.drop(fullKey(1, bytes('a')));
      store.drop(fullKey(1, bytes('never there')));
      expect([store.liveCount(), store.tombstoneCount, store.byteCount]).toEqual([0, 1, 2]);
      expect([store.logRowCount, store.vector.get(ORIGIN)]).toEqual([0, 0]);
    });

    situation('a put of what is after takes place, of what is not it leaves all as it was', (storage) => {
      const store = storage.store('data');
      const [low, high] = [ORIGINS[0]!, ORIGINS[2]!];
      const puts = [
        entry('k', 'first', 1, { hlc: 10, origin: low }),
        entry('k', 'older', 2, { hlc: 9, origin: high }),
        entry('k', 'the same', 1, { hlc: 10, origin: low }),
        entry('k', 'the other origin', 1, { hlc: 10, origin: high }),
        entry('k', null, 3, { hlc: 11, origin: low }),
      ];
      expect(puts.map((one) => store.putIfAfter(one))).toEqual([true, false, false, true, true]);
      expect(entryText(store.get(bytes('k'))!)).toBe(entryText(puts[4]!));
      expect([store.liveCount(), store.tombstoneCount, store.logRowCount, store.byteCount]).toEqual([0, 1, 0, 1]);
    });

    situation('an evicted entry keeps its version and expiry, has no value, and is no tombstone', (storage) => {
      const store = storage.store('data');
      const whole = entry('k', 'value', 3, { expiryMs: 500, type: 1 });
      store.write(whole);
      const digest = store.digest(bucketOf(whole.key), 499);
      store.put(stubOf(whole));
      expect(entryText(store.get(whole.key)!)).toBe(entryText(stubOf(whole)));
      expect(store.stubs(bucketOf(whole.key)).map(entryText)).toEqual([entryText(stubOf(whole))]);
      expect([store.liveCount(), store.tombstoneCount, store.stubCount, store.byteCount]).toEqual([0, 0, 1, 1]);
      expect([store.digest(bucketOf(whole.key), 499), store.digest(bucketOf(whole.key), 500)]).toEqual([digest, 0]);
      expect([499, 500].map((nowMs) => store.garbage(bucketOf(whole.key), nowMs).length)).toEqual([0, 1]);
      expect([store.putIfAfter(whole), store.putIfAfter(entry('k', 'older', 2))]).toEqual([false, false]);
      expect([store.putIfAfter(entry('k', 'newer', 4)), store.stubCount, store.stubBytes]).toEqual([true, 0, 0]);
    });

    situation('evicted entries of databases count as keys until they have a value again', (storage) => {
      const store = storage.store('data');
      const key = fullKey(0, bytes('k'));
      store.put(stubOf(entry(key, 'value', 3)));
      expect(store.evictedKeyCount).toBe(1);
      store.putIfAfter(entry(key, 'newer', 4));
      expect(store.evictedKeyCount).toBe(0);
    });

    situation('memory is counted with keys, values, stubs and tombstones, and evictions make it less', (storage) => {
      const store = storage.store('data');
      store.noteUses();
      const empty = store.memoryBytes;
      for (let seq = 1; seq <= 500; seq++) store.put(entry(`key-${seq}`, 'v'.repeat(1000), seq));
      const full = store.memoryBytes;
      expect(full - empty).toBeGreaterThan(500 * 1000);
      for (let i = 0; i < 500; i++) store.put(nextStub(store, 'allkeys-lru')!);
      expect([nextStub(store, 'allkeys-lru'), nextStub(store, 'volatile-ttl')]).toEqual([undefined, undefined]);
      expect([store.liveCount(), store.stubCount]).toEqual([0, 500]);
      expect(store.memoryBytes).toBeLessThan(empty + 500 * 100);
      expect(store.stubBytes).toBeGreaterThan(0);
      for (let seq = 1; seq <= 500; seq++) store.drop(bytes(`key-${seq}`));
      expect([store.stubCount, store.stubBytes]).toEqual([0, 0]);
    });

    situation('the two groups do not see each other', (storage) => {
      storage.store('data').write(entry('key', 'data', 1));
      expect(storage.store('system').get(bytes('key'))).toBeUndefined();
      expect(storage.store('system').vector.get(ORIGIN)).toBe(0);
      expect(storage.store('system').logRowCount).toBe(0);
    });

    situation('buckets hold each key once, at the place that its hash says', (storage) => {
      const store = storage.store('data');
      for (let seq = 1; seq <= 500; seq++) store.put(entry(`key-${seq % 250}`, 'value', seq));
      store.put(entry('deleted', null, 501));
      const met: string[] = [];
      for (let index = 0; index < BUCKETS; index++) {
        for (const { key } of store.bucket(index)) {
          expect(bucketOf(key)).toBe(index);
          met.push(hex(key));
        }
      }
      expect(met.length).toBe(251);
      expect(new Set(met).size).toBe(251);
    });

    situation('the garbage of a bucket is its tombstones, and what has expired', (storage) => {
      const store = storage.store('data');
      const far = Date.UTC(2500, 0, 1);
      store.put(entry('expires', 'value', 1, { expiryMs: far }));
      store.put(entry('stays', 'value', 2));
      store.put(entry('deleted', null, 3));
      const garbage = (key: string, nowMs: number) => store.garbage(bucketOf(bytes(key)), nowMs).map(({ seq }) => seq);
      expect([garbage('expires', far - 1), garbage('expires', far)]).toEqual([[], [1]]);
      expect([garbage('stays', far), garbage('deleted', 0)]).toEqual([[], [3]]);
      store.drop(bytes('deleted'));
      expect(garbage('deleted', 0)).toEqual([]);
    });
  });

  describe(`${name}: digests`, () => {
    const digest = (storage: Storage, key: string, nowMs = 0) =>
      storage.store('data').digest(bucketOf(bytes(key)), nowMs);

    situation('the same writes give the same digest, whatever was there before and in between', (storage) => {
      const store = storage.store('data');
      expect(digest(storage, 'k')).toBe(0);
      store.put(entry('k', 'value', 1));
      const first = digest(storage, 'k');
      store.put(entry('k', 'value', 2));
      const second = digest(storage, 'k');
      store.put(entry('k', null, 3));
      expect(digest(storage, 'k')).toBe(0);
      store.put(entry('k', 'value', 1));
      expect(digest(storage, 'k')).toBe(first);
      store.drop(bytes('k'));
      expect([digest(storage, 'k'), new Set([0, first, second]).size]).toEqual([0, 3]);
    });

    situation('an entry that has expired counts as gone, collected or not', (storage) => {
      const key = bytes('k');
      storage.store('data').put(entry('k', 'value', 1, { expiryMs: 100 }));
      const digests = [99, 100].map((nowMs) => digest(storage, 'k', nowMs));
      expect([digests[0] !== 0, digests[1]]).toEqual([true, 0]);
      storage.store('data').drop(key);
      expect(digest(storage, 'k')).toBe(0);
    });

    test('a replica that took the writes in another order has the same digests, after a reopening too', async () => {
      const writes = Array.from({ length: 300 }, (_, i) => entry(`key-${i % 200}`, `v${i}`, i + 1, { hlc: 1000 + i }));
      const all = (storage: Storage) => Array.from({ length: BUCKETS }, (_, i) => storage.store('data').digest(i, 0));
      const [first, second] = [await subject.create(), await subject.create()];
      for (const write of writes) first.store('data').put(write);
      for (const write of writes.slice(100).reverse()) second.store('data').put(write);
      expect(all(second)).toEqual(all(first));
      const reopened = (await subject.reopen?.(first)) ?? first;
      expect(all(reopened)).toEqual(all(second));
      await subject.close(reopened);
      await subject.close(second);
    });
  });

  describe(`${name}: change log and vector`, () => {
    const rowsOf = (storage: Storage, origin = ORIGIN, after = 0, upto = 1000, limit = 1000) =>
      storage
        .store('data')
        .rows(origin, after, upto, limit)
        .map(({ seq, key }) => `${seq} ${Buffer.from(key).toString('latin1')}`);

    /** A range of one row, without its entry. */
    const collected = (seq: number, key: string) =>
      rangeOf({ origin: ORIGIN, from: 0, upto: seq }, [{ seq, key: bytes(key), entry: null }]);

    situation('a later write of one key replaces its row', (storage) => {
      const store = storage.store('data');
      for (const [seq, key] of [
        [1, 'a'],
        [2, 'b'],
        [3, 'a'],
      ] as const)
        store.write(entry(key, 'value', seq));
      expect(rowsOf(storage)).toEqual(['2 b', '3 a']);
      expect([store.logRowCount, store.vector.get(ORIGIN)]).toEqual([2, 3]);
    });

    situation('rows come in ranges and up to a limit', (storage) => {
      for (let seq = 1; seq <= 9; seq++) storage.store('data').write(entry(`k${seq}`, 'value', seq));
      expect(rowsOf(storage, ORIGIN, 2, 5)).toEqual(['3 k3', '4 k4', '5 k5']);
      expect(rowsOf(storage, ORIGIN, 2, 9, 2)).toEqual(['3 k3', '4 k4']);
      expect(rowsOf(storage, ORIGINS[1])).toEqual([]);
    });

    situation('a row at or below the last one or the floor is ignored', (storage) => {
      const store = storage.store('data');
      store.receive(collected(5, 'five'), null);
      store.receive(collected(5, 'again'), null);
      store.receive(collected(4, 'four'), null);
      expect(rowsOf(storage)).toEqual(['5 five']);
      store.trim(ORIGIN, 7);
      store.receive(collected(7, 'seven'), null);
      store.receive(collected(8, 'eight'), null);
      expect(rowsOf(storage)).toEqual(['8 eight']);
      expect([store.floor(ORIGIN), store.vector.get(ORIGIN)]).toEqual([7, 8]);
    });

    situation('a write below the last row changes the entry and adds no row', (storage) => {
      storage.store('data').receive(collected(5, 'five'), null);
      storage.store('data').write(entry('late', 'value', 3));
      expect(rowsOf(storage)).toEqual(['5 five']);
      expect(storage.store('data').get(bytes('late'))?.seq).toBe(3);
      expect(storage.store('data').vector.get(ORIGIN)).toBe(5);
    });

    situation('adopting a vector raises the floors of what was gained alone', (storage) => {
      const store = storage.store('data');
      store.write(entry('mine', 'value', 5));
      store.adopt({ seqs: { [ORIGIN]: 4, [ORIGINS[2]!]: 9 }, floors: {} });
      expect([store.vector.get(ORIGIN), store.vector.get(ORIGINS[2]!)]).toEqual([5, 9]);
      expect([store.floor(ORIGIN), store.floor(ORIGINS[2]!)]).toEqual([0, 9]);
      expect(rowsOf(storage)).toEqual(['5 mine']);
    });

    situation('a store that disclaims all has neither vector nor log, and keeps its entries', (storage) => {
      const store = storage.store('data');
      store.write(entry('mine', 'value', 5));
      store.retire(REPLICAS[1]!, 1);
      store.disclaim();
      expect(store.vector.toData()).toEqual({ seqs: {}, floors: {} });
      expect(rowsOf(storage)).toEqual([]);
      expect(entryText(store.get(bytes('mine'))!)).toBe(entryText(entry('mine', 'value', 5)));
      store.write(entry('later', 'value', 6));
      expect([rowsOf(storage), store.vector.get(ORIGIN)]).toEqual([['6 later'], 6]);
    });

    situation('retired boots leave vector and log, later boots stay', (storage) => {
      const store = storage.store('data');
      const [first, second] = [ORIGINS[0]!, ORIGINS[1]!];
      store.write(entry('a', 'value', 1, { origin: first }));
      store.write(entry('b', 'value', 1, { origin: second }));
      store.retire(REPLICAS[0], 2);
      expect([store.vector.get(first), store.vector.get(second)]).toEqual([Number.POSITIVE_INFINITY, 1]);
      expect([rowsOf(storage, first), rowsOf(storage, second)]).toEqual([[], ['1 b']]);
      store.retire(REPLICAS[0], FLOOR_ALL);
      expect(store.logRowCount).toBe(0);
    });
  });

  describe(`${name}: ranges`, () => {
    const [author, other] = [ORIGINS[0]!, ORIGINS[2]!];
    /** A range of the author from 0, whose rows are the entries' own where they are the author's. */
    const rangeWith = (upto: number, ...rows: [seq: number, of: Entry | string][]) =>
      rangeOf(
        { origin: author, from: 0, upto },
        rows.map(([seq, of]) =>
          typeof of === 'string' ? { seq, key: bytes(of), entry: null } : { seq, key: of.key, entry: of },
        ),
      );
    const packedRows = (storage: Storage, from: number, upto: number, bytesMax: number) => {
      const packer = new EntryPacker(Number.POSITIVE_INFINITY);
      const end = storage.store('data').packRange(author, from, upto, bytesMax, packer)!;
      const rows = packer.take()[0]!;
      expect(faultOf(rows, { origin: author, from, upto: end })).toBeNull();
      return { end, rows: rowsOf({ origin: author, from, upto: end, rows }) };
    };

    situation('what is after the entry of its key is put, all rows are logged, and the vector moves', (storage) => {
      const store = storage.store('data');
      store.put(entry('older', 'here', 9, { origin: other }));
      store.put(entry('newer', 'here', 1, { origin: other, hlc: 1 }));
      const put = [
        entry('newer', 'there', 2),
        entry('new', null, 3),
        entry('expiring', 'there', 4, { expiryMs: 99, type: 2 }),
        stubOf(entry('evicted', 'gone', 5)),
        entry('of another', 'there', 7, { origin: other }),
      ];
      const range = rangeWith(
        9,
        [1, entry('older', 'there', 1)],
        [2, put[0]!],
        [3, put[1]!],
        [4, put[2]!],
        [5, put[3]!],
        [6, put[4]!],
        [8, 'collected'],
      );
      const changed: Entry[] = [];
      expect(store.receive(range, changed)).toBe(7 * 4096);
      expect(changed.map(entryText)).toEqual(put.map(entryText));
      for (const one of put) expect(entryText(store.get(one.key)!)).toBe(entryText(one));
      expect([store.get(bytes('older'))?.seq, store.get(bytes('collected'))]).toEqual([9, undefined]);
      const rows = store.rows(author, 0, 99, 99).map(({ seq, key }) => `${seq} ${Buffer.from(key)}`);
      expect(rows).toEqual(['1 older', '2 newer', '3 new', '4 expiring', '5 evicted', '6 of another', '8 collected']);
      expect([store.vector.get(author), store.vector.get(other)]).toEqual([9, 0]);
    });

    situation('rows up to the vector are left alone, and the memory of a range can be used again', (storage) => {
      const store = storage.store('data');
      store.receive(rangeWith(2, [1, entry('a', 'first', 1)], [2, entry('b', 'first', 2)]), null);
      store.drop(bytes('a'));
      const again = rangeWith(3, [1, entry('a', 'first', 1)], [2, entry('b', 'first', 2)], [3, entry('c', 'third', 3)]);
      expect(store.receive(again, null)).toBe(3 * 4096);
      again.rows.words.fill(-1);
      expect([store.get(bytes('a')), store.logRowCount]).toEqual([undefined, 3]);
      expect(entryText(store.get(bytes('c'))!)).toBe(entryText(entry('c', 'third', 3)));
    });

    situation('the log is packed with the current entries of its keys, of every kind', (storage) => {
      const store = storage.store('data');
      const whole = entry('evicted', 'value', 4, { expiryMs: 77 });
      for (const one of [
        entry('', '', 1),
        entry('deleted', null, 2),
        entry('hash', 'x'.repeat(700), 3, { type: 1 }),
        whole,
      ])
        store.write(one);
      store.write(entry('overridden', 'mine', 5));
      store.write(entry('collected', null, 6));
      store.put(stubOf(whole));
      store.put(entry('overridden', 'theirs', 70, { origin: other }));
      store.drop(bytes('collected'));
      const { end, rows } = packedRows(storage, 1, 6, 1e6);
      const expected = store
        .rows(author, 1, 6, 99)
        .map(({ seq, key }) => ({ seq, key, entry: store.get(key) ?? null }));
      const texts = (some: typeof rows) =>
        some.map((row) => `${row.seq} ${hex(row.key)} ${row.entry && entryText(row.entry)}`);
      expect([end, texts(rows)]).toEqual([6, texts(expected)]);
      expect(rows.map(({ entry: of }) => of?.origin ?? null)).toEqual([author, author, author, other, null]);
    });

    situation('a range that grows too long ends with a block that has rows', (storage) => {
      for (let seq = 1; seq <= 300; seq++) storage.store('data').write(entry(`key ${seq}`, 'v'.repeat(100), seq));
      expect([4e3, 1e4, 1e9].map((bytesMax) => packedRows(storage, 0, 290, bytesMax).end)).toEqual([64, 128, 290]);
      expect(packedRows(storage, 64, 290, 4e3)).toMatchObject({ end: 128, rows: { length: 64 } });
    });
  });

  describe(`${name}: meta and clock`, () => {
    situation('meta records are set, replaced and removed', (storage) => {
      expect(storage.getMeta('cluster')).toBeUndefined();
      storage.setMeta('cluster', { id: 'abc', members: ['é', null, 3] });
      expect(storage.getMeta('cluster')).toEqual({ id: 'abc', members: ['é', null, 3] });
      storage.setMeta('cluster', false);
      expect(storage.getMeta('cluster')).toBe(false);
      storage.setMeta('cluster', undefined);
      expect(storage.getMeta('cluster')).toBeUndefined();
    });

    situation('the clock is the greatest timestamp observed or stored, also after its entry is gone', (storage) => {
      storage.observeClock(1000);
      storage.observeClock(10);
      expect(storage.clock).toBe(1000);
      storage.store('system').put(entry('key', 'value', 1, { hlc: 5000 }));
      storage.store('system').drop(bytes('key'));
      expect(storage.clock).toBe(5000);
    });
  });

  test(`${name}: any sequence of calls leaves the same as in plain memory`, async () => {
    const property = fc.asyncProperty(fc.array(callArbitrary(), { maxLength: 60 }), async (calls) => {
      const model = new MemoryStorage();
      let storage = await subject.create();
      try {
        for (const call of calls) for (const one of [model, storage]) call.perform(one);
        expect(stateOf(storage)).toBe(stateOf(model));
        if (subject.reopen === null) return;
        storage = await subject.reopen(storage);
        expect(stateOf(storage)).toBe(stateOf(model));
      } finally {
        await subject.close(storage);
      }
    });
    await fc.assert(property, { numRuns: 100 });
  });
}
