import { BUCKETS, type Bytes } from '../../../core/model/bytes.js';
import type { Entry } from '../../../core/model/entry.js';
import { type Hlc, hlcFromMs } from '../../../core/model/hlc.js';
import { isPartKey, nameStart, PART, partKey, partPrefix, wholeKeyOf } from '../../../core/model/parts.js';
import type { Stamp } from '../../../core/model/version.js';
import { type Resting, restingBytes, restingFrom, restingNewest } from '../../../core/store/resting.js';
import { FOLDED, WAITS } from './assembly/layout.js';
import { FoldedReader, type FoldedRow, foldedBytes } from './folded.js';
import { FoldedKeys } from './folded-keys.js';
import { HashQueue } from './hash-queue.js';
import {
  expiryAt,
  hasValueAt,
  hlcAt,
  isFoldedAt,
  isTouchedAt,
  keyLengthAt,
  keyStart,
  markAs,
  markedHlcAt,
  markedOriginAt,
  markedWritesAt,
  markPlain,
  originNumberAt,
  seqAt,
  startsWith,
  typeAt,
  valueAt,
  valueLengthAt,
  valueStart,
  waitsAt,
} from './record.js';
import type { Place, Records } from './records.js';
import type { Slab } from './slab.js';

/**
 * Small keys with parts that nobody has written for a while. A part by itself takes a header, the key of its whole once more and a place in the
 * index; here all parts of a key lie behind each other in its mark, which is a third of that. They are read where they lie. Before anything
 * of the key is written they are taken apart again, and so they stay until the key rests and is old once more.
 *
 * Nothing of it shows outside of the store: digests, counts and versions are the same, and there is no tombstone, stub or whole in a fold.
 */
export class Folds {
  private readonly keys = new FoldedKeys();
  /** The hashes of keys that rest and wait, those first that have waited longest. */
  private readonly waiting = new HashQueue();
  private isFolding = false;

  constructor(
    private readonly records: Records,
    private readonly afterMs: number,
    /** Whether what is known of a key is at hand, so that its mark may say something old. */
    private readonly isAwake: (key: Bytes) => boolean,
    /** What is known of a key that rests, together with what was written of it where it lies. */
    private readonly restingWith: (resting: Resting, latest: Stamp) => Resting,
  ) {}

  /** Parts. */
  get size(): number {
    return this.keys.size;
  }

  /** Of memory, beside the marks. */
  get bytes(): number {
    return this.keys.bytes;
  }

  /** A key has come to rest, and its mark is not folded. `isWaiting`: it waited before. */
  rests({ hash, slab, at }: Pick<Place, 'hash' | 'slab' | 'at'>, isWaiting: boolean): void {
    markAs(slab, at, WAITS);
    if (!isWaiting) this.waiting.push(hash);
  }

  /** Folds some keys that rest, and whose latest write was long before `nowMs`: half a millisecond. Returns whether there were any. */
  step(nowMs: number): boolean {
    const before = hlcFromMs(Math.max(0, nowMs - this.afterMs));
    let folds = 0;
    for (let looks = Math.min(LOOKS_PER_STEP, this.waiting.length); looks > 0 && folds < FOLDS_PER_STEP; looks--) {
      const hash = this.waiting.shift();
      const keys = this.waitingWith(hash, before);
      if (keys === null) this.waiting.push(hash);
      else for (const key of keys) if (this.fold(key)) folds++;
    }
    if (folds === 0 && this.isFolding) this.records.home.tighten();
    this.isFolding = folds > 0;
    return this.isFolding;
  }

  /** A folded part. */
  get(key: Bytes): Entry | undefined {
    if (this.keys.size === 0 || !isPartKey(key)) return undefined;
    const wholeKey = wholeKeyOf(key);
    const place = this.find(wholeKey);
    if (place === undefined) return undefined;
    const reader = readerAt(place.slab, place.at);
    const kind = key[0]! >>> 4;
    if (kind !== PART.expiry && kind !== reader.kind) return undefined;
    const from = nameStart(key);
    const hashByte = this.records.hash(key) & 0xff;
    while (reader.next()) {
      if (reader.hashByte !== hashByte || reader.isExpiry !== (kind === PART.expiry) || !reader.hasName(key, from))
        continue;
      return this.entryOf(reader, key);
    }
    return undefined;
  }

  /** Of a whole key, those whose keys begin so and have this hash, in the order of their names. */
  partsWith(hash: number, prefix: Bytes): Entry[] {
    const parts: Entry[] = [];
    if (this.keys.size === 0) return parts;
    const wholeKey = wholeKeyOf(prefix);
    const place = this.find(wholeKey);
    if (place !== undefined) this.collect(place, wholeKey, hash, BUCKETS_ALL, parts);
    return parts.filter(({ key }) => key[0] === prefix[0]);
  }

  /** Of a bucket. */
  in(bucket: number): Entry[] {
    const parts: Entry[] = [];
    if (this.keys.size === 0) return parts;
    for (const whole of this.keys.in(bucket)) {
      const shard = this.records.index.shard(whole);
      for (const slot of shard.slotsWith(whole)) {
        const slab = this.records.space.get(shard.slabAt(slot));
        const at = shard.offsetAt(slot);
        if (!isFoldedAt(slab, at)) continue;
        this.collect({ slab, at }, this.records.keyAt(slab, at), bucket, BUCKETS - 1, parts);
      }
    }
    return parts;
  }

  /** What is known of a key whose parts are folded; undefined: it is none. */
  restingAt(key: Bytes): Resting | undefined {
    const place = this.keys.size === 0 ? undefined : this.find(key);
    if (place === undefined) return undefined;
    const reader = readerAt(place.slab, place.at);
    const hashes: number[] = [];
    while (reader.next()) if (!reader.isExpiry) hashes.push(this.records.hash(this.partKeyOf(reader, key)));
    return this.restingOf(reader, hashes);
  }

  isFolded(key: Bytes): boolean {
    return this.keys.size > 0 && this.find(key) !== undefined;
  }

  /** Takes the parts of a key apart, if they are folded: whoever knew a slot has to look for it anew. Returns whether they were. */
  unfold(key: Bytes): boolean {
    const place = this.keys.size === 0 ? undefined : this.find(key);
    if (place === undefined) return false;
    const { records } = this;
    const reader = readerAt(place.slab, place.at);
    const parts: Entry[] = [];
    const hashes: number[] = [];
    while (reader.next()) {
      const partKey = this.partKeyOf(reader, key);
      parts.push(this.entryOf(reader, partKey));
      hashes.push(records.hash(partKey));
    }
    const resting = this.restingOf(reader, reader.expiryMs === 0 ? hashes : hashes.slice(0, -1));
    const { slab, at } = this.putMark(place, key, restingBytes(resting, reader.newestOrigin), resting);
    this.rests({ hash: place.hash, slab, at }, false);
    let bytes = 0;
    for (const [i, part] of parts.entries()) {
      bytes += records.attach(part, hashes[i]!);
      this.keys.remove(hashes[i]! & (BUCKETS - 1), place.hash);
    }
    records.compact(bytes);
    return true;
  }

  // ---

  /** The keys with this hash that wait; null: one of them was written after `before`. */
  private waitingWith(hash: number, before: Hlc): Bytes[] | null {
    const shard = this.records.index.shard(hash);
    const keys: Bytes[] = [];
    for (const slot of shard.slotsWith(hash)) {
      const slab = this.records.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (!waitsAt(slab, at)) continue;
      if (Math.max(restingNewest(valueAt(slab, at)), markedHlcAt(slab, at)) > before) return null;
      keys.push(this.records.keyAt(slab, at));
    }
    return keys;
  }

  /** Returns whether it was done; otherwise the key has to come to rest once more. */
  private fold(key: Bytes): boolean {
    const { records } = this;
    const place = records.find(key)!;
    markAs(place.slab, place.at, 0);
    if (this.isAwake(key)) return false;
    const resting = this.restingAs(place);
    const places = this.placesOf(key, resting);
    if (places === undefined) return false;
    const { hlc: newestHlc, origin } = resting.newest;
    const head = { ...resting, newestHlc, newestOrigin: records.origins.numberOf(origin) };
    const folded = foldedBytes(head, places.map(rowAt));
    if (folded === null) return false;
    let freed = 0;
    for (const part of places) {
      freed += records.detach(part);
      this.keys.add(part.hash & (BUCKETS - 1), place.hash);
    }
    const { slab, at } = this.putMark(records.find(key)!, key, folded, resting);
    markAs(slab, at, FOLDED);
    records.compact(freed);
    return true;
  }

  private restingAs({ slab, at }: Place): Resting {
    const { origins } = this.records;
    const resting = restingFrom(valueAt(slab, at), (number) => origins.nameOf(number));
    if (markedWritesAt(slab, at) === 0) return resting;
    return this.restingWith(resting, { hlc: markedHlcAt(slab, at), origin: origins.nameOf(markedOriginAt(slab, at)) });
  }

  private putMark({ hash, slot }: Place, key: Bytes, value: Bytes, { isPlain, kind }: Resting): Place {
    this.records.put({ key, value, hlc: 0, origin: '', seq: 0, expiryMs: 0 }, hash, slot, false, true);
    const place = this.records.find(key)!;
    if (isPlain) markPlain(place.slab, place.at, kind);
    return place;
  }

  /** Where the parts of a key are that rests; undefined: there is something among them that cannot be folded. */
  private placesOf(key: Bytes, { kind, hashes, expiryMs }: Resting): Place[] | undefined {
    const places: Place[] = [];
    const prefix = partPrefix(kind, key);
    for (const [i, hash] of hashes.entries()) {
      if (hash === hashes[i - 1]) continue;
      const shard = this.records.index.shard(hash);
      for (const slot of shard.slotsWith(hash)) {
        const slab = this.records.space.get(shard.slabAt(slot));
        const at = shard.offsetAt(slot);
        if (!hasValueAt(slab, at) || !startsWith(slab, at, prefix)) continue;
        if (isTouchedAt(slab, at) || expiryAt(slab, at) !== 0 || typeAt(slab, at) !== undefined) return undefined;
        places.push({ hash, shard, slot, slab, at });
      }
    }
    if (places.length !== hashes.length) return undefined;
    if (expiryMs === 0) return places;
    const expiry = this.records.find(partPrefix(PART.expiry, key));
    if (expiry === undefined || !hasValueAt(expiry.slab, expiry.at)) return undefined;
    return [...places, expiry];
  }

  /** The mark of a key whose parts are folded. */
  private find(key: Bytes): Place | undefined {
    const place = this.records.find(key);
    return place === undefined || !isFoldedAt(place.slab, place.at) ? undefined : place;
  }

  private restingOf(reader: FoldedReader, hashes: readonly number[]): Resting {
    const { kind, isPlain, newestHlc, newestOrigin, oldest, changes, expiryMs } = reader;
    const newest = { hlc: newestHlc, origin: this.records.origins.nameOf(newestOrigin) };
    return { kind, isPlain, newest, oldest, changes, expiryMs, hashes };
  }

  /** Adds those whose hash is this one, by these bits of it. */
  private collect(
    { slab, at }: Pick<Place, 'slab' | 'at'>,
    wholeKey: Bytes,
    hash: number,
    mask: number,
    parts: Entry[],
  ): void {
    const reader = readerAt(slab, at);
    while (reader.next()) {
      if (((reader.hashByte ^ hash) & mask & 0xff) !== 0) continue;
      const key = this.partKeyOf(reader, wholeKey);
      if (((this.records.hash(key) ^ hash) & mask) === 0) parts.push(this.entryOf(reader, key));
    }
  }

  private partKeyOf(reader: FoldedReader, wholeKey: Bytes): Bytes {
    return reader.isExpiry ? partPrefix(PART.expiry, wholeKey) : partKey(reader.kind, wholeKey, reader.name);
  }

  private entryOf({ value, hlc, seq, origin }: FoldedReader, key: Bytes): Entry {
    return { key, value, hlc, origin: this.records.origins.nameOf(origin), seq, expiryMs: 0 };
  }
}

// ---

/** By default nobody has written a key for so long when it is folded. */
export const FOLD_AFTER_MS = 10_000;
/** A fold takes some 15 µs, a look less than one. */
const FOLDS_PER_STEP = 32;
const LOOKS_PER_STEP = 64;
const BUCKETS_ALL = -1;

function readerAt(slab: Slab, at: number): FoldedReader {
  const start = valueStart(slab, at);
  return new FoldedReader(slab.bytes, start, start + valueLengthAt(slab, at));
}

function rowAt({ hash, slab, at }: Place): FoldedRow {
  const { bytes } = slab;
  const start = keyStart(slab, at);
  const end = start + keyLengthAt(slab, at);
  const name = nameStart(bytes, start, end);
  return {
    hash,
    bytes,
    nameStart: name,
    nameLength: end - name,
    valueStart: valueStart(slab, at),
    valueLength: valueLengthAt(slab, at),
    hlc: hlcAt(slab, at),
    seq: seqAt(slab, at),
    origin: originNumberAt(slab, at),
  };
}
