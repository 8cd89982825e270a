import { expect, test } from '@jest/globals';
import { BUCKETS, type Bytes } from '../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../src/core/model/entry.js';
import { HybridClock } from '../../src/core/model/hlc.js';
import { expiryBytes, PART, type PartKind, partKey } from '../../src/core/model/parts.js';
import { CollectionView } from '../../src/core/replication/collection-view.js';
import { Collections } from '../../src/core/replication/collections.js';
import { Replica } from '../../src/core/replication/replica.js';
import { EntryPacker } from '../../src/core/store/entry-packer.js';
import { EntryUnpacker } from '../../src/core/store/entry-unpacker.js';
import { SLAB_SIZES } from '../../src/engines/embedded/slab/slab-space.js';
import { SlabStore } from '../../src/engines/embedded/slab/slab-store.js';
import { scoreBytes } from '../../src/fronts/resp/collection.js';
import { bytes, ORIGIN, ORIGINS } from './support/entries.js';
import { EPOCH_MS } from './support/part-model.js';
import { batchOf, performShort, repliesOf } from './support/short-batches.js';
import { entryText } from './support/state.js';

const FOLD_AFTER_MS = 1000;
const SIZES = { ...SLAB_SIZES, awakeMax: 2, foldAfterMs: FOLD_AFTER_MS };
const KEYS = Array.from({ length: 2000 }, (_, i) => `key-${i}`);
const FIELDS = Array.from({ length: 10 }, (_, i) => `field:${i}`);

test('small keys that nobody has written for a while take half the memory, and read as before', () => {
  const filled = new Filled();
  filled.fill();
  const [bytesBefore, digests, entries] = [filled.bytes, filled.digests(), filled.entries()];
  filled.fold(FOLD_AFTER_MS);
  expect(filled.bytes).toBe(bytesBefore);
  filled.fold(2 * FOLD_AFTER_MS);
  expect(filled.bytes).toBeLessThan(0.6 * bytesBefore);
  expect([filled.digests(), filled.entries(), filled.packed()]).toEqual([digests, entries, entries]);
  for (const key of KEYS) {
    expect(filled.store.get(partOf(key, 'field:3'))?.value).toEqual(bytes(`${key}/field:3`));
    expect(filled.store.get(partOf(key, 'field:x'))).toBeUndefined();
    expect(filled.namesOf(key)).toEqual(FIELDS);
  }
});

test('what is written to a folded key is as if it never was, and it is folded again later', () => {
  const filled = new Filled();
  filled.fill();
  filled.fold(2 * FOLD_AFTER_MS);
  const small = filled.bytes;
  for (const key of KEYS) filled.put(PART.field, key, 'field:3', bytes('new'));
  expect(filled.bytes).toBeGreaterThan(1.5 * small);
  for (const key of KEYS) {
    expect(filled.store.get(partOf(key, 'field:3'))?.value).toEqual(bytes('new'));
    expect(filled.store.get(partOf(key, 'field:4'))?.value).toEqual(bytes(`${key}/field:4`));
    expect(filled.namesOf(key)).toEqual(FIELDS);
  }
  filled.fold(2 * FOLD_AFTER_MS);
  expect(filled.bytes).toBeLessThan(1.1 * small);
});

test('a folded key that is deleted leaves nothing but that', () => {
  const filled = new Filled();
  filled.fill();
  filled.fold(2 * FOLD_AFTER_MS);
  for (const key of KEYS) filled.write({ key: fullKey(0, bytes(key)), value: null });
  while (filled.store.sweepParts(1000));
  expect([filled.store.liveCount(0), filled.store.tombstoneCount, filled.entries().length]).toEqual([
    0,
    KEYS.length,
    KEYS.length,
  ]);
});

test('a folded key with an expiry is found by the time at which it expires', () => {
  const filled = new Filled();
  filled.fill();
  for (const key of KEYS) {
    const value = expiryBytes({ base: { hlc: 1, origin: ORIGIN }, expiryMs: EPOCH_MS + 60_000, floor: 0 });
    filled.put(PART.expiry, key, '', value);
  }
  filled.fold(2 * FOLD_AFTER_MS);
  const counts = (nowMs: number): number[] => {
    const expired: number[] = [];
    filled.store.countExpired(0, BUCKETS, nowMs, expired);
    return [filled.store.liveCount(0), filled.store.endingCount(0)];
  };
  expect(counts(EPOCH_MS + 59_999)).toEqual([KEYS.length, KEYS.length]);
  expect(counts(EPOCH_MS + 60_000)).toEqual([0, 0]);
});

test('compiled code reads the parts of folded keys where they lie', () => {
  const filled = new Filled();
  for (const [i, key] of KEYS.entries()) {
    filled.put(PART.field, `h${key}`, 'a', bytes(`value of ${key}`));
    filled.put(PART.field, `h${key}`, '', bytes('x'.repeat(i)));
    filled.put(PART.member, `s${key}`, 'a member', bytes(''));
    filled.put(PART.score, `z${key}`, 'a', scoreBytes(i));
  }
  filled.fold(2 * FOLD_AFTER_MS);
  const small = filled.bytes;
  const replies = (...requests: string[][]): string => {
    const batch = batchOf(requests.map(commandText).join(''), {
      hlc: filled.nextHlc(),
      nowMs: EPOCH_MS,
      takesParts: true,
    });
    expect(performShort(filled.store, batch, filled.store.vector)).toBe(requests.length);
    return repliesOf(batch);
  };
  for (const [i, key] of KEYS.slice(0, -4).entries()) {
    const text = `value of ${key}`;
    expect(
      replies(
        ['HGET', `h${key}`, 'a'],
        ['HGET', `h${key}`, ''],
        ['HGET', `h${key}`, 'b'],
        ['SISMEMBER', `s${key}`, 'a member'],
        ['SISMEMBER', `s${key}`, 'a'],
        ['ZSCORE', `z${key}`, 'a'],
        ['ZSCORE', `z${key}`, 'b'],
      ),
    ).toBe(
      `$${text.length}\r\n${text}\r\n$${i}\r\n${'x'.repeat(i)}\r\n$-1\r\n:1\r\n:0\r\n$${`${i}`.length}\r\n${i}\r\n$-1\r\n`,
    );
  }
  expect(filled.bytes).toBe(small);
});

test('compiled code writes to folded keys once they were taken apart for it, and they are folded again without being asked for', () => {
  const filled = new Filled();
  for (const key of KEYS) {
    for (const name of FIELDS) filled.put(PART.field, `h${key}`, name, bytes('a value'));
    filled.put(PART.member, `s${key}`, 'a member', bytes(''));
    filled.put(PART.score, `z${key}`, 'a', scoreBytes(1));
  }
  filled.fold(2 * FOLD_AFTER_MS);
  const small = filled.bytes;
  const [keys, last] = [KEYS.slice(0, -4), KEYS.at(-5)!];
  for (const key of keys) {
    const requests = [
      ['HSET', `h${key}`, 'field:3', 'another'],
      ['SADD', `s${key}`, 'a member'],
      ['ZADD', `z${key}`, '7', 'a'],
    ];
    expect(filled.request(requests)).toEqual([':0\r\n', ':0\r\n', ':0\r\n']);
  }
  expect(filled.bytes).toBeGreaterThan(1.5 * small);
  filled.fold(2 * FOLD_AFTER_MS);
  expect(filled.bytes).toBeLessThan(1.05 * small);
  expect(filled.store.get(partOf(`h${last}`, 'field:3'))?.value).toEqual(bytes('another'));
  expect(filled.store.get(partOf(`h${last}`, 'field:4'))?.value).toEqual(bytes('a value'));
  expect(filled.store.get(partOf(`z${last}`, 'a', PART.score))?.value).toEqual(scoreBytes(7));
  const owner = filled.store.owners.get(fullKey(0, bytes(`h${last}`)))!;
  expect(owner.lists[PART.field]!.newest!.hlc).toBe(filled.store.get(partOf(`h${last}`, 'field:3'))!.hlc);
});

test('who watches a key sees what compiled code wrote before it was folded', () => {
  const filled = new Filled();
  filled.fill();
  const collections = new Collections(
    new Replica('data', ORIGIN, filled.store, new HybridClock(() => EPOCH_MS)),
    () => EPOCH_MS,
  );
  const key = fullKey(0, bytes(KEYS[7]!));
  const watched = collections.changesOf(key);
  // Others are asked for, so that it rests.
  for (const other of KEYS.slice(20, 30)) filled.namesOf(other);
  const batch = batchOf(commandText(['HSET', KEYS[7]!, 'field:3', `${KEYS[7]}/field:4`]), {
    hlc: filled.nextHlc(),
    nowMs: EPOCH_MS,
    takesParts: true,
  });
  expect(performShort(filled.store, batch, filled.store.vector)).toBe(1);
  filled.fold(2 * FOLD_AFTER_MS);
  for (const other of KEYS.slice(20, 30)) filled.namesOf(other);
  filled.fold(2 * FOLD_AFTER_MS);
  expect(collections.changesOf(key)).not.toBe(watched);
});

test('a part that another member wrote earlier does not take a folded key apart', () => {
  const filled = new Filled();
  filled.fill();
  filled.fold(2 * FOLD_AFTER_MS);
  const small = filled.bytes;
  const late = {
    key: partOf(KEYS[0]!, 'field:0'),
    value: bytes('old'),
    hlc: 1,
    origin: ORIGINS[1]!,
    seq: 1,
    expiryMs: 0,
  };
  expect(filled.store.putIfAfter(late)).toBe(false);
  // What is known of another key is put away for it.
  expect(filled.bytes).toBeLessThan(small + 200);
});

// ---

function partOf(key: string, name: string, kind: PartKind = PART.field): Bytes {
  return partKey(kind, fullKey(0, bytes(key)), bytes(name));
}

function commandText(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${word.length}\r\n${word}\r\n`).join('')}`;
}

class Filled {
  readonly store = new SlabStore(SIZES);
  private readonly empty = this.store.memoryBytes;
  private seq = 0;

  /** Of memory, beyond an empty store. */
  get bytes(): number {
    return this.store.memoryBytes - this.empty;
  }

  fill(): void {
    for (const key of KEYS) for (const name of FIELDS) this.put(PART.field, key, name, bytes(`${key}/${name}`));
  }

  put(kind: PartKind, key: string, name: string, value: Bytes): void {
    this.write({ key: partOf(key, name, kind), value });
  }

  write(of: Pick<Entry, 'key' | 'value'>): void {
    this.store.write({ ...of, hlc: this.nextHlc(), origin: ORIGIN, seq: ++this.seq, expiryMs: 0 });
  }

  /** All within some milliseconds of the epoch. */
  nextHlc(): number {
    return 100 + this.seq;
  }

  /** All that can be folded so long after the epoch. */
  fold(afterMs: number): void {
    // Steps in which none is ready still go through what waits.
    for (let i = 0; i < 2 * KEYS.length; i++) this.store.foldParts(EPOCH_MS + afterMs);
  }

  /** Has requests performed by compiled code, each at a call of its own as often as it is to be repeated. Returns the replies. */
  request(requests: readonly string[][]): string[] {
    return requests.map((words) => {
      for (;;) {
        const batch = batchOf(commandText(words), { hlc: this.nextHlc(), nowMs: EPOCH_MS, takesParts: true });
        const performed = performShort(this.store, batch, this.store.vector);
        this.seq += batch.writes;
        if (performed === 1) return repliesOf(batch);
        expect(batch.isToRepeat).toBe(true);
      }
    });
  }

  namesOf(key: string): string[] {
    const owner = this.store.owners.get(fullKey(0, bytes(key)))!;
    const view = new CollectionView(owner.key, owner, owner.lists[PART.field]!, this.store);
    return Array.from({ length: view.size }, (_, i) => Buffer.from(view.at(i).name).toString()).sort();
  }

  digests(): number[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => this.store.digest(bucket, EPOCH_MS));
  }

  entries(): string[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => this.store.bucket(bucket).map(entryText).sort()).flat();
  }

  /** The same as a joiner gets them. */
  packed(): string[] {
    return Array.from({ length: BUCKETS }, (_, bucket) => {
      const packer = new EntryPacker(Number.POSITIVE_INFINITY);
      this.store.pack(bucket, packer);
      const texts: string[] = [];
      for (const piece of packer.take()) {
        const unpacker = new EntryUnpacker(piece);
        for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) texts.push(entryText(entry));
      }
      return texts.sort();
    }).flat();
  }
}
