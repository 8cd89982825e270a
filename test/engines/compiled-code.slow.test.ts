import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { BUCKETS, type Bytes } from '../../src/core/model/bytes.js';
import {
  type Entry,
  fullKey,
  stubOf,
  type TouchedEntry,
  touched,
  typedEntry,
  type ValueType,
} from '../../src/core/model/entry.js';
import { lastHlcOf, type Origin } from '../../src/core/model/version.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { bytesOf } from '../../src/core/store/packed-entries.js';
import type { Store } from '../../src/core/store/store.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { MemoryStore } from '../core/support/memory-store.js';
import { rangeOf } from '../core/support/ranges.js';
import { bytes, entry, ORIGIN, ORIGINS } from './support/entries.js';
import {
  batchOf,
  bulk,
  performShort,
  repliesOf,
  type Short,
  type ShortBatch,
  textOf,
} from './support/short-batches.js';
import { storeState } from './support/state.js';
import { nextStub } from './support/victims.js';

/** So small that memory is freed, and moved, all the time. */
const TINY = { bytesMin: 1 << 10, bytesMax: 1 << 12, linearBytesMax: 1 << 24 };
/** And so little that is known to compiled code that much of a store is not. */
const NARROW = { ...TINY, linearBytesMax: 0x90000 + (1 << 17) };
const NOW_MS = 50;
/** Memory moves in the background, piece by piece. */
const MOVE_MS = 20;

beforeEach(() => {
  jest.useFakeTimers();
});

afterEach(() => {
  jest.useRealTimers();
});

describe('compiled code', () => {
  test.each([
    ['there is room for all', TINY, false],
    ['much has to be elsewhere', NARROW, false],
    ['uses are noted', TINY, true],
    ['there is no memory for compiled code', { ...TINY, linearBytesMax: 0 }, false],
  ])('leaves the same as plain memory, whatever happens to a store where %s', (_, sizes, notesUses) => {
    fc.assert(
      fc.property(fc.array(stepArbitrary(), { maxLength: 120, size: 'max' }), (steps) => {
        const [model, slabs] = [new MemoryStore(), new SlabStore(sizes)];
        if (notesUses) slabs.noteUses();
        for (const step of steps) run(step, model, slabs);
        expect(storeState(slabs)).toEqual(storeState(model));
        for (let bucket = 0; bucket < BUCKETS; bucket++) {
          if (slabs.digest(bucket, NOW_MS) !== model.digest(bucket, NOW_MS))
            throw new Error(`digest of bucket ${bucket}`);
        }
        // Each value has a use, and nothing else has.
        for (let left = notesUses ? slabs.liveCount() : 0; left > 0; left--) {
          slabs.put(nextStub(slabs, 'allkeys-lru')!);
        }
        if (notesUses) expect(nextStub(slabs, 'allkeys-lru')).toBeUndefined();
        jest.clearAllTimers();
      }),
      { numRuns: 60 },
    );
  });

  test('entries of a range that keep their size are taken without an object for each', () => {
    const slabs = new SlabStore();
    const row = (seq: number, value: string, hlc: number) => {
      const plain = entry(`key-${seq}`, value, seq, { hlc });
      return { seq, key: plain.key, entry: plain };
    };
    const rows = (value: string, hlc: number) => Array.from({ length: 100 }, (_, i) => row(i + 1, value, hlc + i));
    const origin = ORIGIN;
    for (const { entry } of rows('first', 1)) slabs.put(entry);
    const takes = jest.spyOn(slabs as unknown as { take(): boolean }, 'take');
    const [first, , third] = rows('third', 3000);
    expect(slabs.receive(rangeOf({ origin, from: 0, upto: 100 }, rows('other', 2000)), null)).toBe(2099);
    expect(
      slabs.receive(
        rangeOf({ origin, from: 100, upto: 200 }, [
          { ...first!, seq: 101 },
          { ...third!, seq: 103 },
        ]),
        null,
      ),
    ).toBe(3002);
    expect(takes).not.toHaveBeenCalled();
    expect([1, 2, 3].map((i) => Buffer.from(slabs.get(bytes(`key-${i}`))!.value!).toString())).toEqual([
      'third',
      'other',
      'third',
    ]);
    expect(slabs.vector.get(ORIGIN)).toBe(200);
  });
});

describe('a batch of short requests', () => {
  test('values and misses are answered in order, and a value of the same size is written in place', () => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(3, bytes('key')), 'value', 1));
    const text = [{ key: 'key' }, { key: 'none' }, { key: 'key', value: 'other' }, { key: 'key' }].map(textOf).join('');
    const batch = batchOf(text, { database: 3, origin: ORIGIN });
    expect(performOn(slabs, batch)).toBe(4);
    expect(repliesOf(batch)).toBe(`${bulk('value')}$-1\r\n+OK\r\n${bulk('other')}`);
    expect(batch).toMatchObject({ from: batch.end, writes: 1, lastCommand: 'get', firstSeq: 2 });
    expect(slabs.get(fullKey(3, bytes('key')))).toMatchObject({ hlc: 1e7, seq: 2, origin: ORIGIN });
    expect(slabs.vector.get(ORIGIN)).toBe(2);
    expect(slabs.rows(ORIGIN, 0, 2, 10)).toMatchObject([{ seq: 2 }]);
  });

  test('a value that was touched is read at once, as long as it lives, and a write of it is left to others', () => {
    const slabs = new SlabStore();
    const key = fullKey(0, bytes('key'));
    slabs.write(entry(key, 'value', 1));
    slabs.touch(touchedLater(slabs.get(key)!, { origin: ORIGINS[1]!, seq: 1, expiryMs: NOW_MS + 1 }));
    const read = (nowMs: number) => {
      const batch = batchOf(textOf({ key: 'key' }), { nowMs });
      return performOn(slabs, batch) === 1 ? repliesOf(batch) : null;
    };
    expect([read(NOW_MS), read(NOW_MS + 1)]).toEqual([bulk('value'), null]);
    slabs.touch(touchedLater(slabs.get(key)!, { origin: ORIGINS[1]!, seq: 2, expiryMs: 0 }));
    expect(read(NOW_MS + 1)).toBe(bulk('value'));
    expect(performOn(slabs, batchOf(textOf({ key: 'key', value: 'other' }), { origin: ORIGIN }))).toBe(0);
    slabs.put(stubOf(slabs.get(key)!));
    expect(read(NOW_MS)).toBeNull();
  });

  test('a value that was never touched takes the memory that it always took', () => {
    const [plain, once] = [new SlabStore(), new SlabStore()];
    const key = fullKey(0, bytes('key'));
    for (const store of [plain, once]) store.write(entry(key, 'value', 1));
    once.touch(touchedLater(once.get(key)!, { origin: ORIGIN, seq: 2, expiryMs: 0 }));
    expect(once.memoryBytes - plain.memoryBytes).toBe(24);
    once.write(entry(key, 'value', 3));
    expect(once.memoryBytes).toBe(plain.memoryBytes);
  });

  test('a miss is answered in the protocol of the connection', () => {
    const batch = batchOf(textOf({ key: 'none' }), { protocol: 3 });
    expect(performOn(new SlabStore(), batch)).toBe(1);
    expect(repliesOf(batch)).toBe('_\r\n');
  });

  test('where writes must not be taken, a batch ends before the first one', () => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(0, bytes('key')), 'value', 1));
    const first = textOf({ key: 'key' });
    const batch = batchOf(first + textOf({ key: 'key', value: 'other' }), { takesWrites: false, origin: ORIGIN });
    expect(performOn(slabs, batch)).toBe(1);
    expect(batch).toMatchObject({ from: 6 + first.length, writes: 0 });
    expect(slabs.vector.get(ORIGIN)).toBe(1);
  });

  test.each([
    ['another command', '*1\r\n$4\r\nPING\r\n'],
    ['an option', '*5\r\n$3\r\nSET\r\n$1\r\na\r\n$1\r\nb\r\n$2\r\nEX\r\n$1\r\n9\r\n'],
    ['a longer name', '*2\r\n$4\r\nGETX\r\n$1\r\na\r\n'],
    ['three other letters', '*2\r\n$3\r\nDEL\r\n$1\r\na\r\n'],
    ['GET with a value', '*3\r\n$3\r\nGET\r\n$1\r\na\r\n$1\r\nb\r\n'],
    ['a length with a zero in front', '*2\r\n$3\r\nGET\r\n$01\r\na\r\n'],
    ['a length of six digits', '*2\r\n$3\r\nGET\r\n$000001\r\na\r\n'],
    ['a negative length', '*2\r\n$3\r\nGET\r\n$-1\r\n\r\n'],
    ['no length', '*2\r\n$3\r\nGET\r\n$\r\na\r\n'],
    ['an inline command', 'GET a but with more behind it\r\n'],
    ['a key longer than short ones', `*2\r\n$3\r\nGET\r\n$1025\r\n${'k'.repeat(1025)}\r\n`],
    ['a value longer than short ones', `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$4097\r\n${'v'.repeat(4097)}\r\n`],
  ])('%s is left to others', (_, text) => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(0, bytes('a')), 'value', 1));
    const first = textOf({ key: 'a' });
    const batch = batchOf(first + text, { origin: ORIGIN });
    expect(performOn(slabs, batch)).toBe(1);
    expect(batch.from).toBe(6 + first.length);
    expect(performOn(slabs, batch)).toBe(0);
    expect(batch.from).toBe(6 + first.length);
  });

  test('a request of which any number of bytes are missing is left for when it is whole', () => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(0, bytes('key')), 'value', 1));
    for (const request of [{ key: 'key' }, { key: 'key', value: 'other' }]) {
      const text = textOf(request);
      for (let length = 0; length < text.length; length++) {
        expect(performOn(slabs, batchOf(text.slice(0, length), { origin: ORIGIN }))).toBe(0);
      }
    }
  });

  test('lower and upper case are the same command', () => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(0, bytes('a')), 'value', 1));
    const batch = batchOf('*2\r\n$3\r\ngEt\r\n$1\r\na\r\n*3\r\n$3\r\nsEt\r\n$1\r\na\r\n$5\r\nother\r\n', {
      origin: ORIGIN,
    });
    expect(performOn(slabs, batch)).toBe(2);
    expect(repliesOf(batch)).toBe(`${bulk('value')}+OK\r\n`);
  });

  test('a thousand requests are performed in a few goes, as many as there is room for', () => {
    const slabs = new SlabStore();
    const value = 'v'.repeat(4096);
    slabs.write(entry(fullKey(0, bytes('key')), value, 1));
    const batch = batchOf(textOf({ key: 'key' }).repeat(1000), { origin: ORIGIN });
    let [done, text] = [0, ''];
    for (let count = performOn(slabs, batch); count > 0; count = performOn(slabs, batch)) {
      done += count;
      text += repliesOf(batch);
    }
    expect(done).toBe(1000);
    expect(text === bulk(value).repeat(1000)).toBe(true);
  });

  test('an origin beyond those of the short form of a record is left to others', () => {
    const slabs = new SlabStore();
    const origins = Array.from({ length: 2100 }, (_, i) => `${i.toString(16).padStart(16, '0')}.00000001`);
    for (const [i, origin] of origins.entries())
      slabs.put(entry(fullKey(0, bytes(`key-${i}`)), 'value', 1, { origin }));
    const set = (key: string, origin: string) => performOn(slabs, batchOf(textOf({ key, value: 'v' }), { origin }));
    expect([set('key-1', origins[2047]!), set('key-1', origins[2048]!), set('key-2050', origins[0]!)]).toEqual([
      1, 0, 0,
    ]);
  });

  test('what it writes is compacted for with the next one, when nobody looks at its replies any more', () => {
    const slabs = new SlabStore();
    slabs.write(entry(fullKey(0, bytes('first')), 'value', 1));
    const { compaction } = (slabs as unknown as { records: { compaction: { step(bytes: number): void } } }).records;
    const steps = jest.spyOn(compaction, 'step');
    expect(performOn(slabs, batchOf(textOf({ key: 'new', value: 'value' }), { origin: ORIGIN }))).toBe(1);
    expect(steps).not.toHaveBeenCalled();
    performOn(slabs, batchOf(textOf({ key: 'new' })));
    expect(steps.mock.calls).toEqual([[40]]);
  });

  test('what is read, written or added is used: it is not evicted as long as there is anything else', () => {
    const slabs = new SlabStore();
    const names = Array.from({ length: 400 }, (_, i) => `key-${i}`);
    const key = (name: string) => fullKey(0, bytes(name));
    for (const [i, name] of names.slice(0, 300).entries()) slabs.write(entry(key(name), 'value', i + 1));
    slabs.noteUses();
    const used = (name: string) => Number(name.slice(4)) % 2 === 0 || Number(name.slice(4)) >= 300;
    const requests = names
      .filter(used)
      .map((name, i): Short => (i % 2 === 0 && i < 200 ? { key: name } : { key: name, value: 'other' }));
    for (let times = 0; times < 5; times++) {
      const batch = batchOf(requests.map(textOf).join(''), { hlc: 1e7 * (times + 1), origin: ORIGIN });
      for (let done = 0; done < requests.length; ) {
        const count = performOn(slabs, batch);
        expect(count).toBeGreaterThan(0);
        batch.hlc += batch.writes;
        done += count;
      }
    }
    const victims = Array.from({ length: 30 }, () => {
      const stub = nextStub(slabs, 'allkeys-lru')!;
      slabs.put(stub);
      return Buffer.from(stub.key).toString('latin1', 1);
    });
    // Ten entries at random are looked at for each.
    expect(victims.filter(used).length).toBeLessThan(5);
  });
});

describe('memory', () => {
  const SIZE = 60_000;
  const value = Buffer.alloc(1000, 'v');
  const key = (i: number) => fullKey(0, bytes(`key-${i}`));

  test('comes back when most entries are deleted, and the rest is read at once before, meanwhile and after', () => {
    const slabs = new SlabStore();
    for (let i = 0; i < SIZE; i++) slabs.put(entry(key(i), value, i + 1));
    const { external } = process.memoryUsage();
    for (let i = 0; i < SIZE; i++) if (i % 10 !== 0) slabs.drop(key(i));
    let atOnce = 0;
    for (let i = 0; i < SIZE; i += 10) {
      if (i % 100 === 0) jest.advanceTimersByTime(MOVE_MS);
      const batch = batchOf(textOf({ key: `key-${i}` }));
      if (performOn(slabs, batch) === 1) {
        atOnce++;
        expect(repliesOf(batch)).toBe(bulk('v'.repeat(1000)));
      }
      expect(Buffer.from(slabs.get(key(i))!.value!).equals(value)).toBe(true);
    }
    expect(atOnce).toBeGreaterThan(SIZE / 10 / 2);
    expect(external - process.memoryUsage().external).toBeGreaterThan(25_000_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(slabs.liveCount()).toBe(SIZE / 10);
  });

  test('grows, is compacted and moves in the middle of batches, and every reply is right', () => {
    const slabs = new SlabStore(TINY);
    const model = new Map<string, string>();
    for (let round = 1; round <= 10_000; round++) {
      const requests: Short[] = [];
      let replies = '';
      for (let i = 0; i < 12; i++) {
        const name = `key-${(round * 12 + i * 7919) % 1500}`;
        const known = model.get(name);
        if (i % 3 === 0) {
          requests.push({ key: name });
          replies += known === undefined ? '$-1\r\n' : bulk(known);
        } else {
          // One that is there keeps its size.
          const text = String(round).padStart(known?.length ?? (round * 31) % 900, '.');
          if (known !== undefined && text.length !== known.length) continue;
          requests.push({ key: name, value: text });
          model.set(name, text);
          replies += '+OK\r\n';
        }
      }
      expect(perform(slabs, requests)).toBe(replies);
      const isShrinking = round % 1000 > 500;
      for (let i = 0; i < (isShrinking ? 12 : 3); i++) {
        const name = `key-${(round * 17 + i * 31) % 1500}`;
        model.delete(name);
        slabs.drop(fullKey(0, bytes(name)));
      }
      if (round % 20 === 0) jest.advanceTimersByTime(MOVE_MS);
    }
    expect(slabs.liveCount()).toBe(model.size);
  });

  test('moves while entries come, change and go', () => {
    const [model, slabs] = [new MemoryStore(), new SlabStore(TINY)];
    for (let seq = 1; seq <= 20_000; seq++) {
      const number = (seq * 7919) % 997;
      const isGrowing = seq % 4000 < 2000;
      for (const store of [model, slabs]) {
        if (isGrowing || number % 8 === 0) store.put(entry(key(number), Buffer.alloc(number % 300, seq), seq));
        else store.drop(key(number));
      }
      if (seq % 50 === 0) jest.advanceTimersByTime(MOVE_MS);
    }
    expect(storeState(slabs)).toEqual(storeState(model));
    for (let number = 0; number < 997; number++) {
      const batch = batchOf(textOf({ key: `key-${number}` }));
      const found = model.get(key(number));
      if (performOn(slabs, batch) === 0) continue;
      expect(repliesOf(batch)).toBe(
        found === undefined ? '$-1\r\n' : bulk(Buffer.from(found.value!).toString('latin1')),
      );
    }
  });
});

// ---------------------------------------------------------------------------------------------------------------------

/** An entry as it comes from elsewhere. */
type Change = Omit<Entry, 'type' | 'evicted' | 'touch'> & { form: 'plain' | 'typed' | 'stub' | 'touched' | 'bare' };

type Step =
  | { name: 'batch'; requests: Short[]; database: number; protocol: 2 | 3; missing: number }
  | { name: 'put' | 'write'; entry: Omit<Entry, 'type'>; type: ValueType | undefined }
  | { name: 'range'; origin: Origin; rows: { entry: Change; gap: number; isCollected: boolean }[] }
  | { name: 'pack'; origin: Origin; from: number; bytesMax: number }
  | { name: 'drop'; key: Bytes }
  | { name: 'evict'; key: Bytes }
  | { name: 'touch'; key: Bytes; origin: Origin; seq: number; expiryMs: number }
  | { name: 'move' };

const KEYS = ['', 'a', 'b', 'key', `${'k'.repeat(1024)}`, `${'k'.repeat(1025)}`].concat(
  Array.from({ length: 30 }, (_, i) => `key-${i}`),
);

function stepArbitrary(): fc.Arbitrary<Step> {
  const key = fc.constantFrom(...KEYS);
  const length = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(0, 1, 8, 20, 20, 100, 100, 101, 104) },
    { weight: 1, arbitrary: fc.constantFrom(1000, 4095, 4096, 4097, 70_000) },
  );
  const value = fc.tuple(length, fc.nat(25)).map(([count, letter]) => String.fromCharCode(97 + letter).repeat(count));
  const database = fc.constantFrom(0, 0, 0, 15);
  const full = fc.tuple(database, key).map(([number, text]) => fullKey(number, bytes(text)));
  // Batches are later still.
  const farHlc = fc.maxSafeNat().map((hlc) => Math.floor(hlc / 2));
  const entries = fc.record({
    key: full,
    value: fc.oneof({ weight: 6, arbitrary: value.map(bytes) }, { weight: 1, arbitrary: fc.constant(null) }),
    hlc: fc.oneof({ weight: 9, arbitrary: fc.nat(1 << 20) }, { weight: 1, arbitrary: farHlc }),
    origin: fc.constantFrom(...ORIGINS),
    // Batches add to it.
    seq: fc.oneof(
      fc.integer({ min: 1, max: 200 }),
      fc.maxSafeNat().map((seq) => Math.floor(seq / 2)),
    ),
    expiryMs: fc.oneof(
      { weight: 4, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(NOW_MS, 1000) },
    ),
  });
  const type = fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constant(1 as const) },
  );
  const short = fc.oneof(fc.record({ key }), fc.record({ key, value }));
  const batch = fc.record({
    name: fc.constant('batch' as const),
    requests: fc.array(short, { minLength: 1, maxLength: 40, size: 'max' }),
    database,
    protocol: fc.constantFrom(2 as const, 3 as const),
    missing: fc.constantFrom(0, 0, 0, 1, 7, 60),
  });
  const change = fc.record({
    key: full,
    value: fc.oneof({ weight: 6, arbitrary: value.map(bytes) }, { weight: 1, arbitrary: fc.constant(null) }),
    hlc: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 1, max: 200_000 }) }, { weight: 1, arbitrary: farHlc }),
    origin: fc.constantFrom(...ORIGINS),
    seq: fc.integer({ min: 1, max: 200 }),
    expiryMs: fc.oneof(
      { weight: 3, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.constantFrom(NOW_MS, 1000) },
    ),
    form: fc.constantFrom<Change['form']>('plain', 'plain', 'plain', 'plain', 'typed', 'stub', 'touched', 'bare'),
  });
  const range = fc.record({
    name: fc.constant('range' as const),
    origin: fc.constantFrom(...ORIGINS),
    rows: fc.array(
      fc.record({
        entry: change,
        gap: fc.constantFrom(1, 1, 1, 2, 70),
        isCollected: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      }),
      { minLength: 1, maxLength: 100, size: 'max' },
    ),
  });
  const pack = fc.record({
    name: fc.constant('pack' as const),
    origin: fc.constantFrom(...ORIGINS),
    from: fc.nat(200),
    bytesMax: fc.constantFrom(500, 3000, 1_000_000),
  });
  const touch = fc.record({
    name: fc.constant('touch' as const),
    key: full,
    origin: fc.constantFrom(...ORIGINS),
    seq: fc.integer({ min: 1, max: 200 }),
    expiryMs: fc.constantFrom(0, NOW_MS, 1000),
  });
  return fc.oneof(
    { weight: 3, arbitrary: range },
    { weight: 3, arbitrary: pack },
    { weight: 4, arbitrary: batch },
    {
      weight: 6,
      arbitrary: fc.record({ name: fc.constantFrom('put' as const, 'write' as const), entry: entries, type }),
    },
    { weight: 4, arbitrary: fc.record({ name: fc.constantFrom<'drop' | 'evict'>('drop', 'evict'), key: full }) },
    { weight: 4, arbitrary: touch },
    { weight: 2, arbitrary: fc.constant({ name: 'move' as const }) },
  );
}

function run(step: Step, model: Store, slabs: SlabStore): void {
  if (step.name === 'batch') runBatch(step, model, slabs);
  else if (step.name === 'range') runRange(step, model, slabs);
  else if (step.name === 'pack') runPack(step, model, slabs);
  else if (step.name === 'move') jest.advanceTimersByTime(MOVE_MS);
  else for (const store of [model, slabs]) change(step, store);
}

function change(
  step: Exclude<Step, { name: 'batch' } | { name: 'range' } | { name: 'pack' } | { name: 'move' }>,
  store: Store,
): void {
  if (step.name === 'drop') store.drop(step.key);
  else if (step.name === 'evict') {
    const found = store.get(step.key);
    if (found !== undefined && found.value !== null) store.put(stubOf(found));
  } else if (step.name === 'touch') {
    const found = store.get(step.key);
    if (found !== undefined && found.value !== null) store.touch(touchedLater(found, step));
  } else {
    const { entry: plain, type } = step;
    store[step.name](plain.value === null ? { ...plain, expiryMs: 0 } : typedEntry(plain, type));
  }
}

function performOn(slabs: SlabStore, batch: ShortBatch): number {
  batch.hlc = Math.max(batch.hlc, slabs.highestHlc + 1);
  return performShort(slabs, batch, slabs.vector);
}

function touchedLater(
  entry: Entry,
  { origin, seq, expiryMs }: Pick<Entry, 'origin' | 'seq' | 'expiryMs'>,
): TouchedEntry {
  return touched(entry, { origin, seq, hlc: Math.min(lastHlcOf(entry) + 1, Number.MAX_SAFE_INTEGER) }, expiryMs);
}

/** What a client is answered: those that are left are performed by the store's own methods. */
function perform(slabs: SlabStore, requests: readonly Short[]): string {
  let replies = '';
  for (let at = 0; at < requests.length; at++) {
    const hlc = 1e6 * (slabs.vector.get(ORIGIN) + 1);
    const batch = batchOf(requests.slice(at).map(textOf).join(''), { hlc, origin: ORIGIN });
    at += performOn(slabs, batch);
    replies += batch.replyBytes > 0 ? repliesOf(batch) : '';
    const next = requests[at];
    if (next === undefined) break;
    const full = fullKey(0, bytes(next.key));
    if (next.value !== undefined) {
      const seq = slabs.vector.get(ORIGIN) + 1;
      slabs.write(entry(full, next.value, seq, { hlc: 1e6 * seq }));
      replies += '+OK\r\n';
    } else replies += replyOf(slabs.get(full), 2);
  }
  return replies;
}

function runRange({ origin, rows }: Extract<Step, { name: 'range' }>, model: Store, slabs: SlabStore): void {
  const from = model.vector.get(origin);
  if (from > Number.MAX_SAFE_INTEGER / 2 - 10_000) return;
  let seq = from;
  const spaced = rows.map(({ entry: { form, ...plain }, gap, isCollected }) => {
    seq += gap;
    const known = model.get(plain.key);
    const entry =
      form === 'touched' || form === 'bare'
        ? touchOf(known?.value == null ? { ...plain, value: bytes('v') } : known, plain, form === 'bare')
        : plain.value === null
          ? { ...plain, expiryMs: 0 }
          : form === 'stub'
            ? stubOf(plain)
            : typedEntry(plain, form === 'typed' ? 2 : undefined);
    return { seq, key: plain.key, entry: isCollected ? null : entry };
  });
  const range = rangeOf({ origin, from, upto: seq }, spaced);
  expect(slabs.receive(range, null)).toBe(model.receive(range, null));
}

/** A touch of what the key has, as a rule; `isBare`: it comes without the value. */
function touchOf(entry: Entry, touch: Pick<Entry, 'origin' | 'seq' | 'expiryMs'>, isBare: boolean): Entry {
  const later = touchedLater(entry, touch);
  return isBare ? stubOf(later) : later;
}

function runPack({ origin, from, bytesMax }: Extract<Step, { name: 'pack' }>, model: Store, slabs: SlabStore): void {
  const [expected, found] = [model, slabs].map((store) => {
    const packer = new EntryPacker(Number.POSITIVE_INFINITY);
    if (bytesMax === 3000) packer.known = model.vector;
    const upto = store.packRange(origin, from, store.vector.get(origin), bytesMax, packer);
    const { count, origins, words } = packer.take()[0]!;
    return { upto, count, origins, words: Buffer.from(bytesOf(words)).toString('hex') };
  });
  expect(found).toEqual(expected);
}

/** All requests of the batch: those that can at once, each of the others by the store's own calls. */
function runBatch(
  { requests, database, protocol, missing }: Extract<Step, { name: 'batch' }>,
  model: Store,
  slabs: SlabStore,
) {
  const texts = requests.map(textOf);
  let at = 0;
  const start = Math.max(5000 + (model.vector.get(ORIGIN) % 1000) * 100, slabs.highestHlc + 1);
  for (let hlc = start; at < requests.length; ) {
    const left = texts.slice(at).join('');
    const batch = batchOf(left.slice(0, Math.max(0, left.length - missing)), {
      database,
      protocol,
      nowMs: NOW_MS,
      hlc,
      origin: ORIGIN,
    });
    const { from } = batch;
    const done = performOn(slabs, batch);
    let replies = '';
    let writes = 0;
    for (const { key, value } of requests.slice(at, at + done)) {
      const full = fullKey(database, bytes(key));
      if (value === undefined) replies += replyOf(model.get(full), protocol);
      else {
        model.write(entry(full, value, model.vector.get(ORIGIN) + 1, { hlc: hlc + writes++ }));
        replies += '+OK\r\n';
      }
    }
    if (done > 0) {
      expect(repliesOf(batch)).toBe(replies);
      expect(batch.from - from).toBe(texts.slice(at, at + done).join('').length);
      expect(batch.lastCommand).toBe(requests[at + done - 1]!.value === undefined ? 'get' : 'set');
    }
    expect(batch.writes).toBe(writes);
    hlc += writes;
    at += done;
    const next = requests[at];
    if (next === undefined) break;
    if (next.value !== undefined) {
      const full = fullKey(database, bytes(next.key));
      for (const store of [model, slabs]) store.write(entry(full, next.value, store.vector.get(ORIGIN) + 1, { hlc }));
      hlc++;
    }
    at++;
  }
}

/** Of what the batch may answer: anything else it has to leave. */
function replyOf(found: Entry | undefined, protocol: 2 | 3): string {
  if (found === undefined) return protocol === 2 ? '$-1\r\n' : '_\r\n';
  const { value, type, expiryMs } = found;
  if (value === null || type !== undefined || (expiryMs !== 0 && expiryMs <= NOW_MS))
    return 'not to be answered at once';
  return bulk(Buffer.from(value).toString('latin1'));
}
