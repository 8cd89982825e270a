import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, bucketOf } from '../../src/core/model/bytes.js';
import { type Entry, fullKey, stubOf } from '../../src/core/model/entry.js';
import { EXPIRY_MAX } from '../../src/core/model/expiry.js';
import { FLOOR_ALL } from '../../src/core/model/vector.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { MemoryStorage } from '../../src/core/store/memory-store.js';
import { faultOf } from '../../src/core/store/packed-entries.js';
import { rowsOf } from '../../src/core/store/ranges.js';
import type { Engine } from '../../src/engines/engine.js';
import { rangeOf } from '../core/support/ranges.js';
import { callArbitrary } from './support/calls.js';
import { bytes, entry, ORIGIN, ORIGINS, REPLICAS } from './support/entries.js';
import { batchOf, performShort, textOf } from './support/short-batches.js';
import { entryText, hex, stateOf } from './support/state.js';

/** How the suite gets at an implementation. */
export interface Subject {
  /** A new, empty engine; the suite closes it. */
  create(): Promise<Engine>;
  /** Close an engine and open what it kept; null if it keeps nothing. */
  reopen: ((engine: Engine) => Promise<Engine>) | null;
}

/** What every engine owes: the guarantees of Store, Storage and Engine. */
export function engineConformance(name: string, subject: Subject): void {
  const situation = (title: string, body: (engine: Engine) => void | Promise<void>) =>
    test(title, async () => {
      const engine = await subject.create();
      try {
        await body(engine);
      } finally {
        await engine.close();
      }
    });

  describe(`${name}: entries`, () => {
    const KEYS = ['', '\x00', '\x00\x00', '\xff', '\xff\xff', 'doc', 'doc2', `long ${'k'.repeat(5000)}`];

    situation('keys that are empty, binary, long or begin alike are kept apart', (engine) => {
      const store = engine.store('data');
      for (const [index, key] of KEYS.entries()) store.write(entry(key, `value of ${index}`, index + 1));
      for (const [index, key] of KEYS.entries()) {
        expect(entryText(store.get(bytes(key))!)).toBe(entryText(entry(key, `value of ${index}`, index + 1)));
      }
      expect(store.get(bytes('do'))).toBeUndefined();
      expect(store.liveCount()).toBe(KEYS.length);
    });

    situation('an empty value is a value, and null a tombstone', (engine) => {
      const store = engine.store('data');
      store.write(entry('empty', '', 1));
      store.write(entry('deleted', null, 2));
      expect(store.get(bytes('empty'))?.value?.length).toBe(0);
      expect(store.get(bytes('deleted'))?.value).toBeNull();
      expect([store.liveCount(), store.tombstoneCount]).toEqual([1, 1]);
    });

    situation('a value is told as a reader at the time finds it, whatever its length', (engine) => {
      const store = engine.store('data');
      const seen = (key: string, nowMs: number): string | null => {
        let value = '';
        const sink = {
          value: (source: Buffer, start: number, length: number) => {
            value = source.toString('latin1', start, start + length);
          },
        };
        return engine.readValue(bytes(key), nowMs, sink) ? value : null;
      };
      for (const [index, length] of [0, 1, 100, 70_000, 3_000_000].entries()) {
        store.write(entry(`key ${length}`, 'v'.repeat(length), index + 1));
        expect(seen(`key ${length}`, 1)).toBe('v'.repeat(length));
      }
      store.write(entry('deleted', null, 10));
      store.write(entry('expiring', 'value', 11, { expiryMs: 500 }));
      engine.store('system').write(entry('of the other group', 'value', 1));
      expect([seen('expiring', 499), seen('expiring', 500)]).toEqual(['value', null]);
      expect([seen('deleted', 1), seen('missing', 1), seen('of the other group', 1)]).toEqual([null, null, null]);
    });

    situation('what was written does not change with the memory that was passed in', async (engine) => {
      const [key, value] = [Buffer.from('key'), Buffer.from('value')];
      engine.store('data').write(entry(key, value, 1));
      engine.store('data').put(entry(value, key, 2));
      key.fill(0);
      value.fill(0);
      await engine.sync();
      expect(entryText(engine.store('data').get(bytes('key'))!)).toBe(entryText(entry('key', 'value', 1)));
      expect(entryText(engine.store('data').get(bytes('value'))!)).toBe(entryText(entry('value', 'key', 2)));
      expect(
        engine
          .store('data')
          .rows(ORIGIN, 0, 9, 9)
          .map((row) => hex(row.key)),
      ).toEqual([hex(bytes('key'))]);
    });

    situation('a value of several megabytes comes back whole', (engine) => {
      const value = Buffer.alloc(6_000_000, 'abc');
      engine.store('data').put(entry('big', value, 1));
      expect(Buffer.compare(engine.store('data').get(bytes('big'))!.value!, value)).toBe(0);
      expect(engine.store('data').byteCount).toBe(3 + value.length);
    });

    situation('the greatest timestamps, sequence numbers and expiries are kept exactly', (engine) => {
      const greatest = entry('key', 'value', Number.MAX_SAFE_INTEGER, {
        hlc: Number.MAX_SAFE_INTEGER,
        expiryMs: EXPIRY_MAX,
      });
      engine.store('data').write(greatest);
      expect(entryText(engine.store('data').get(greatest.key)!)).toBe(entryText(greatest));
    });

    situation('a value that is no string keeps its type, and loses it when a string takes its place', (engine) => {
      const store = engine.store('data');
      const hash = entry('key', 'dumped', 1, { type: 1, expiryMs: 5 });
      store.write(hash);
      expect(entryText(store.get(hash.key)!)).toBe(entryText(hash));
      store.write(entry('key', 'text', 2));
      expect(store.get(hash.key)!.type).toBeUndefined();
    });

    situation('put replaces without a log row or the vector, drop forgets, counts follow', (engine) => {
      const store = engine.store('data');
      store.put(entry(fullKey(1, bytes('a')), 'long value', 1));
      store.put(entry(fullKey(1, bytes('a')), 'v', 2));
      store.put(entry(fullKey(2, bytes('b')), null, 3));
      expect([store.liveCount(), store.liveCount(1), store.liveCount(2), store.byteCount]).toEqual([1, 1, 0, 5]);
      store.drop(fullKey(1, bytes('a')));
      store.drop(fullKey(1, bytes('never there')));
      expect([store.liveCount(), store.tombstoneCount, store.byteCount]).toEqual([0, 1, 2]);
      expect([store.logRowCount, store.vector.get(ORIGIN)]).toEqual([0, 0]);
    });

    situation('a put of what is after takes place, of what is not it leaves all as it was', (engine) => {
      const store = engine.store('data');
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

    situation('an evicted entry keeps its version and expiry, has no value, and is no tombstone', (engine) => {
      const store = engine.store('data');
      const whole = entry('k', 'value', 3, { expiryMs: 500, type: 1 });
      store.write(whole);
      const digest = store.digest(bucketOf(whole.key), 499);
      store.put(stubOf(whole));
      expect(entryText(store.get(whole.key)!)).toBe(entryText(stubOf(whole)));
      expect(store.stubs(bucketOf(whole.key)).map(entryText)).toEqual([entryText(stubOf(whole))]);
      expect([store.liveCount(), store.tombstoneCount, store.stubCount, store.byteCount]).toEqual([0, 0, 1, 1]);
      expect([store.digest(bucketOf(whole.key), 499), store.digest(bucketOf(whole.key), 500)]).toEqual([digest, 0]);
      expect(engine.readValue(whole.key, 1, { value: () => {} })).toBe(false);
      expect([499, 500].map((nowMs) => store.garbage(bucketOf(whole.key), nowMs).length)).toEqual([0, 1]);
      expect([store.putIfAfter(whole), store.putIfAfter(entry('k', 'older', 2))]).toEqual([false, false]);
      expect([store.putIfAfter(entry('k', 'newer', 4)), store.stubCount, store.stubBytes]).toEqual([true, 0, 0]);
    });

    situation('memory is counted with keys, values, stubs and tombstones, and evictions make it less', (engine) => {
      const store = engine.store('data');
      store.noteUses();
      const empty = store.memoryBytes;
      for (let seq = 1; seq <= 500; seq++) store.put(entry(`key-${seq}`, 'v'.repeat(1000), seq));
      const full = store.memoryBytes;
      expect(full - empty).toBeGreaterThan(500 * 1000);
      for (let i = 0; i < 500; i++) store.put(store.victim('allkeys-lru', Math.random)!);
      expect([store.victim('allkeys-lru', Math.random), store.victim('volatile-ttl', Math.random)]).toEqual([
        undefined,
        undefined,
      ]);
      expect([store.liveCount(), store.stubCount]).toEqual([0, 500]);
      expect(store.memoryBytes).toBeLessThan(empty + 500 * 100);
      expect(store.stubBytes).toBeGreaterThan(0);
      for (let seq = 1; seq <= 500; seq++) store.drop(bytes(`key-${seq}`));
      expect([store.stubCount, store.stubBytes]).toEqual([0, 0]);
    });

    situation('the two groups do not see each other', (engine) => {
      engine.store('data').write(entry('key', 'data', 1));
      expect(engine.store('system').get(bytes('key'))).toBeUndefined();
      expect(engine.store('system').vector.get(ORIGIN)).toBe(0);
      expect(engine.store('system').logRowCount).toBe(0);
    });

    situation('buckets hold each key once, at the place that its hash says', (engine) => {
      const store = engine.store('data');
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

    situation('a bucket has garbage when it holds a tombstone or an expired entry', (engine) => {
      const store = engine.store('data');
      const far = Date.UTC(2500, 0, 1);
      store.put(entry('expires', 'value', 1, { expiryMs: far }));
      store.put(entry('stays', 'value', 2));
      store.put(entry('deleted', null, 3));
      expect(store.bucketHasGarbage(bucketOf(bytes('expires')), far - 1)).toBe(false);
      expect(store.bucketHasGarbage(bucketOf(bytes('expires')), far)).toBe(true);
      expect(store.bucketHasGarbage(bucketOf(bytes('stays')), far)).toBe(false);
      expect(store.bucketHasGarbage(bucketOf(bytes('deleted')), 0)).toBe(true);
      const garbage = (key: string, nowMs: number) => store.garbage(bucketOf(bytes(key)), nowMs).map(({ seq }) => seq);
      expect([garbage('expires', far - 1), garbage('expires', far)]).toEqual([[], [1]]);
      expect([garbage('stays', far), garbage('deleted', 0)]).toEqual([[], [3]]);
      store.drop(bytes('deleted'));
      expect(store.bucketHasGarbage(bucketOf(bytes('deleted')), 0)).toBe(false);
    });
  });

  describe(`${name}: digests`, () => {
    const digest = (engine: Engine, key: string, nowMs = 0) => engine.store('data').digest(bucketOf(bytes(key)), nowMs);

    situation('the same writes give the same digest, whatever was there before and in between', (engine) => {
      const store = engine.store('data');
      expect(digest(engine, 'k')).toBe(0);
      store.put(entry('k', 'value', 1));
      const first = digest(engine, 'k');
      store.put(entry('k', 'value', 2));
      const second = digest(engine, 'k');
      store.put(entry('k', null, 3));
      expect(digest(engine, 'k')).toBe(0);
      store.put(entry('k', 'value', 1));
      expect(digest(engine, 'k')).toBe(first);
      store.drop(bytes('k'));
      expect([digest(engine, 'k'), new Set([0, first, second]).size]).toEqual([0, 3]);
    });

    situation('an entry that has expired counts as gone, collected or not', (engine) => {
      const key = bytes('k');
      engine.store('data').put(entry('k', 'value', 1, { expiryMs: 100 }));
      const digests = [99, 100].map((nowMs) => digest(engine, 'k', nowMs));
      expect([digests[0] !== 0, digests[1]]).toEqual([true, 0]);
      engine.store('data').drop(key);
      expect(digest(engine, 'k')).toBe(0);
    });

    test('what a batch of short requests has written is there after a reopening, as if written one by one', async () => {
      const [first, second] = await Promise.all([subject.create(), subject.create()]);
      const key = (number: number) => `key-${number % 20}`;
      const write = (engine: Engine, number: number, hlc: number) =>
        engine.store('data').write(entry(fullKey(0, bytes(key(number))), `value ${number % 10}`, number, { hlc }));
      for (const engine of [first, second]) for (let i = 1; i <= 20; i++) write(engine, i, i);
      const requests = Array.from({ length: 100 }, (_, i) => ({ key: key(i + 21), value: `value ${(i + 21) % 10}` }));
      const batch = batchOf(requests.map(textOf).join(''), { hlc: 5000 });
      expect(performShort(first, batch, first.store('data').vector)).toBe(100);
      for (let i = 0; i < 100; i++) write(second, i + 21, 5000 + i);
      expect(stateOf(first)).toBe(stateOf(second));
      const reopened = (await subject.reopen?.(first)) ?? first;
      expect(stateOf(reopened)).toBe(stateOf(second));
      await Promise.all([reopened.close(), second.close()]);
    });

    test('a replica that took the writes in another order has the same digests, after a reopening too', async () => {
      const writes = Array.from({ length: 300 }, (_, i) => entry(`key-${i % 200}`, `v${i}`, i + 1, { hlc: 1000 + i }));
      const all = (engine: Engine) => Array.from({ length: BUCKETS }, (_, i) => engine.store('data').digest(i, 0));
      const [first, second] = [await subject.create(), await subject.create()];
      for (const write of writes) first.store('data').put(write);
      for (const write of writes.slice(100).reverse()) second.store('data').put(write);
      expect(all(second)).toEqual(all(first));
      const reopened = (await subject.reopen?.(first)) ?? first;
      expect(all(reopened)).toEqual(all(second));
      await reopened.close();
      await second.close();
    });
  });

  describe(`${name}: change log and vector`, () => {
    const rowsOf = (engine: Engine, origin = ORIGIN, after = 0, upto = 1000, limit = 1000) =>
      engine
        .store('data')
        .rows(origin, after, upto, limit)
        .map(({ seq, key }) => `${seq} ${Buffer.from(key).toString('latin1')}`);

    /** A range of one row, without its entry. */
    const collected = (seq: number, key: string) =>
      rangeOf({ origin: ORIGIN, from: 0, upto: seq }, [{ seq, key: bytes(key), entry: null }]);

    situation('a later write of one key replaces its row', (engine) => {
      const store = engine.store('data');
      for (const [seq, key] of [
        [1, 'a'],
        [2, 'b'],
        [3, 'a'],
      ] as const)
        store.write(entry(key, 'value', seq));
      expect(rowsOf(engine)).toEqual(['2 b', '3 a']);
      expect([store.logRowCount, store.logRowCountOf(ORIGIN), store.vector.get(ORIGIN)]).toEqual([2, 2, 3]);
    });

    situation('rows come in ranges and up to a limit', (engine) => {
      for (let seq = 1; seq <= 9; seq++) engine.store('data').write(entry(`k${seq}`, 'value', seq));
      expect(rowsOf(engine, ORIGIN, 2, 5)).toEqual(['3 k3', '4 k4', '5 k5']);
      expect(rowsOf(engine, ORIGIN, 2, 9, 2)).toEqual(['3 k3', '4 k4']);
      expect(rowsOf(engine, ORIGINS[1])).toEqual([]);
    });

    situation('a row at or below the last one or the floor is ignored', (engine) => {
      const store = engine.store('data');
      store.receive(collected(5, 'five'), null);
      store.receive(collected(5, 'again'), null);
      store.receive(collected(4, 'four'), null);
      expect(rowsOf(engine)).toEqual(['5 five']);
      store.trim(ORIGIN, 7);
      store.receive(collected(7, 'seven'), null);
      store.receive(collected(8, 'eight'), null);
      expect(rowsOf(engine)).toEqual(['8 eight']);
      expect([store.floor(ORIGIN), store.vector.get(ORIGIN)]).toEqual([7, 8]);
    });

    situation('a write below the last row changes the entry and adds no row', (engine) => {
      engine.store('data').receive(collected(5, 'five'), null);
      engine.store('data').write(entry('late', 'value', 3));
      expect(rowsOf(engine)).toEqual(['5 five']);
      expect(engine.store('data').get(bytes('late'))?.seq).toBe(3);
      expect(engine.store('data').vector.get(ORIGIN)).toBe(5);
    });

    situation('adopting a vector raises the floors of what was gained alone', (engine) => {
      const store = engine.store('data');
      store.write(entry('mine', 'value', 5));
      store.adopt({ seqs: { [ORIGIN]: 4, [ORIGINS[2]!]: 9 }, floors: {} });
      expect([store.vector.get(ORIGIN), store.vector.get(ORIGINS[2]!)]).toEqual([5, 9]);
      expect([store.floor(ORIGIN), store.floor(ORIGINS[2]!)]).toEqual([0, 9]);
      expect(rowsOf(engine)).toEqual(['5 mine']);
    });

    situation('retired boots leave vector and log, later boots stay', (engine) => {
      const store = engine.store('data');
      const [first, second] = [ORIGINS[0]!, ORIGINS[1]!];
      store.write(entry('a', 'value', 1, { origin: first }));
      store.write(entry('b', 'value', 1, { origin: second }));
      store.retire(REPLICAS[0], 2);
      expect([store.vector.get(first), store.vector.get(second)]).toEqual([Number.POSITIVE_INFINITY, 1]);
      expect([rowsOf(engine, first), rowsOf(engine, second)]).toEqual([[], ['1 b']]);
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
    const packedRows = (engine: Engine, from: number, upto: number, bytesMax: number) => {
      const packer = new EntryPacker(Number.POSITIVE_INFINITY);
      const end = engine.store('data').packRange(author, from, upto, bytesMax, packer)!;
      const rows = packer.take()[0]!;
      expect(faultOf(rows, { origin: author, from, upto: end })).toBeNull();
      return { end, rows: rowsOf({ origin: author, from, upto: end, rows }) };
    };

    situation('what is after the entry of its key is put, all rows are logged, and the vector moves', (engine) => {
      const store = engine.store('data');
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

    situation('rows up to the vector are left alone, and the memory of a range can be used again', (engine) => {
      const store = engine.store('data');
      store.receive(rangeWith(2, [1, entry('a', 'first', 1)], [2, entry('b', 'first', 2)]), null);
      store.drop(bytes('a'));
      const again = rangeWith(3, [1, entry('a', 'first', 1)], [2, entry('b', 'first', 2)], [3, entry('c', 'third', 3)]);
      expect(store.receive(again, null)).toBe(3 * 4096);
      again.rows.words.fill(-1);
      expect([store.get(bytes('a')), store.logRowCount]).toEqual([undefined, 3]);
      expect(entryText(store.get(bytes('c'))!)).toBe(entryText(entry('c', 'third', 3)));
    });

    situation('the log is packed with the current entries of its keys, of every kind', (engine) => {
      const store = engine.store('data');
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
      const { end, rows } = packedRows(engine, 1, 6, 1e6);
      const expected = store
        .rows(author, 1, 6, 99)
        .map(({ seq, key }) => ({ seq, key, entry: store.get(key) ?? null }));
      const texts = (some: typeof rows) =>
        some.map((row) => `${row.seq} ${hex(row.key)} ${row.entry && entryText(row.entry)}`);
      expect([end, texts(rows)]).toEqual([6, texts(expected)]);
      expect(rows.map(({ entry: of }) => of?.origin ?? null)).toEqual([author, author, author, other, null]);
    });

    situation('a range that grows too long ends with a block that has rows', (engine) => {
      for (let seq = 1; seq <= 300; seq++) engine.store('data').write(entry(`key ${seq}`, 'v'.repeat(100), seq));
      expect([0, 1e4, 1e9].map((bytesMax) => packedRows(engine, 0, 290, bytesMax).end)).toEqual([64, 128, 290]);
      expect(packedRows(engine, 64, 290, 0)).toMatchObject({ end: 128, rows: { length: 64 } });
    });
  });

  describe(`${name}: meta, clock and position`, () => {
    situation('meta records are set, replaced and removed', (engine) => {
      expect(engine.getMeta('cluster')).toBeUndefined();
      engine.setMeta('cluster', { id: 'abc', members: ['é', null, 3] });
      expect(engine.getMeta('cluster')).toEqual({ id: 'abc', members: ['é', null, 3] });
      engine.setMeta('cluster', false);
      expect(engine.getMeta('cluster')).toBe(false);
      engine.setMeta('cluster', undefined);
      expect(engine.getMeta('cluster')).toBeUndefined();
    });

    situation('the clock is the greatest timestamp observed or stored, also after its entry is gone', (engine) => {
      engine.observeClock(1000);
      engine.observeClock(10);
      expect(engine.clock).toBe(1000);
      engine.store('system').put(entry('key', 'value', 1, { hlc: 5000 }));
      engine.store('system').drop(bytes('key'));
      expect(engine.clock).toBe(5000);
    });

    situation('what was changed before a sync is durable after it', async (engine) => {
      engine.store('data').write(entry('key', 'value', 1));
      engine.setMeta('boot', 1);
      const { position } = engine;
      expect(await engine.sync()).toBeGreaterThanOrEqual(position);
      expect(engine.durablePosition).toBeGreaterThanOrEqual(position);
    });

    situation('syncs that are asked for together all cover what came before them', async (engine) => {
      const asked: Promise<void>[] = [];
      for (let seq = 1; seq <= 20; seq++) {
        engine.store('data').write(entry(`k${seq}`, 'value', seq));
        const { position } = engine;
        asked.push(engine.sync().then((durable) => expect(durable).toBeGreaterThanOrEqual(position)));
      }
      await Promise.all(asked);
    });
  });

  test(`${name}: any sequence of calls leaves the same as in plain memory`, async () => {
    const property = fc.asyncProperty(fc.array(callArbitrary(), { maxLength: 60 }), async (calls) => {
      const model = new MemoryStorage();
      let engine = await subject.create();
      try {
        for (const call of calls) for (const storage of [model, engine]) call.perform(storage);
        expect(stateOf(engine)).toBe(stateOf(model));
        if (subject.reopen === null) return;
        engine = await subject.reopen(engine);
        expect(stateOf(engine)).toBe(stateOf(model));
      } finally {
        await engine.close();
      }
    });
    await fc.assert(property, { numRuns: 100 });
  });
}
