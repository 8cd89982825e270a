import { BUCKETS, type Bytes, hashPart } from '../../../core/model/bytes.js';
import { databaseOf, type Entry, stubOf, type Touch, touched, typedEntry } from '../../../core/model/entry.js';
import type { Hlc } from '../../../core/model/hlc.js';
import { isPartKey } from '../../../core/model/parts.js';
import { isAfter, lastHlcOf, type Origin } from '../../../core/model/version.js';
import { Digests } from '../../../core/store/digests.js';
import { type EntryPacker, rowNumber } from '../../../core/store/entry-packer.js';
import { STUB_LENGTH, TOMBSTONE_LENGTH } from '../../../core/store/packed-entries.js';
import type { ValueSink } from '../../engine.js';
import type { MemberLists } from '../../inner-loop.js';
import { Compaction } from './compaction.js';
import { HashIndex } from './hash-index.js';
import type { IndexShard } from './index-shard.js';
import { OriginNames } from './origin-names.js';
import { ReadPool } from './read-pool.js';
import {
  expiryAt,
  hashAt,
  hasValueAt,
  hlcAt,
  isBareMarkAt,
  isExpiredAt,
  isMarkedAt,
  isStubAt,
  isTombstoneAt,
  isTouchedAt,
  keyLengthAt,
  keyStart,
  markDead,
  originNumberAt,
  recordBytes,
  seqAt,
  sizeAt,
  touchHlcAt,
  touchOriginAt,
  touchSeqAt,
  typeAt,
  valueLengthAt,
  valueStart,
  writeHead,
  writeRecord,
} from './record.js';
import { copyWords, type Slab } from './slab.js';
import { SlabHome } from './slab-home.js';
import { type SlabSizes, SlabSpace } from './slab-space.js';
import { Tally } from './tally.js';
import { UseClock } from './use-clock.js';

/** Where the record of a key is. Good until the store changes. */
export interface Place {
  readonly hash: number;
  readonly shard: IndexShard;
  readonly slot: number;
  readonly slab: Slab;
  /** Where it begins in the slab. */
  readonly at: number;
}

/**
 * The records of a store, found by their keys, and what is counted of them: digests, tallies, uses. They know nothing of logs and vectors,
 * nor of what the parts of a key are to each other.
 */
export class Records {
  /** The greatest timestamp ever stored here, also of entries that are gone. */
  highest: Hlc = 0;
  /** null: nobody asks which entries were used. */
  uses: UseClock | null = null;
  readonly origins = new OriginNames();
  readonly tally = new Tally();
  readonly home: SlabHome;
  readonly space: SlabSpace;
  readonly index: HashIndex;
  readonly compaction: Compaction;
  private readonly digests = new Digests(BUCKETS);
  private readonly pool = new ReadPool();

  constructor(
    sizes: SlabSizes,
    readonly hashWith: (bytes: Bytes, start: number, end: number) => number,
    members: MemberLists,
    /** Told when the linear memory is another one. */
    onOther: () => void,
  ) {
    // Compiled code has the hash of the default.
    const linearBytesMax = hashWith === hashPart ? sizes.linearBytesMax : 0;
    this.home = new SlabHome(
      linearBytesMax,
      FREE_SLABS * sizes.bytesMax,
      (views, isOther) => {
        // All is zero at the start.
        const isNew = isOther && this.origins.count > 0;
        this.digests.place(views.digestsLow, views.digestsHigh, isNew);
        // The index comes into being after its home.
        this.index?.placeCounts(views.counts, isNew);
        if (isOther) onOther();
      },
      members,
    );
    this.space = new SlabSpace(this.home, sizes);
    this.index = new HashIndex(this.space, this.home);
    if (this.home.linear !== null) this.index.placeCounts(this.home.linear.fixed.counts, false);
    this.compaction = new Compaction(this.space, this.index);
  }

  hash(key: Bytes): number {
    return this.hashWith(key, 0, key.length);
  }

  /** undefined: there is none, or a mark alone. */
  get(key: Bytes): Entry | undefined {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot === -1) return undefined;
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    return isBareMarkAt(slab, at) ? undefined : this.entryAt(slab, at, key);
  }

  /** As `get`, without making an entry of it: tells the value to `sink`, if a reader at `nowMs` finds a string. Returns whether. */
  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot === -1) return false;
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const expiryMs = expiryAt(slab, at);
    if (!hasValueAt(slab, at) || (expiryMs !== 0 && expiryMs <= nowMs)) return false;
    if (typeAt(slab, at) !== undefined || isMarkedAt(slab, at)) return false;
    if (this.uses !== null) shard.use(slot, this.uses.tick(this.tally.live));
    sink.value(slab.bytes, valueStart(slab, at), valueLengthAt(slab, at));
    return true;
  }

  has(key: Bytes): boolean {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    return slot !== -1 && !isBareMarkAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
  }

  /** undefined: it is not here. */
  find(key: Bytes): Place | undefined {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot === -1) return undefined;
    return { hash, shard, slot, slab: this.space.get(shard.slabAt(slot)), at: shard.offsetAt(slot) };
  }

  /** Tells of all records of a bucket. */
  each(bucket: number, tell: (slab: Slab, at: number) => void): void {
    const { shard, slots } = this.index.bucket(bucket);
    for (const slot of slots) tell(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
  }

  /**
   * Puts a record in place of the one that its key has. `slot`: where that is; -1: nowhere. `keepsValue`: the value is the one that is there.
   * `isMarked`: the key has parts.
   */
  put(entry: Entry, hash: number, slot: number, keepsValue = false, isMarked = false): void {
    const { key, value, expiryMs } = entry;
    const shard = this.index.shard(hash);
    const isBare = isMarked && entry.hlc === 0;
    const origin = isBare ? 0 : this.origins.numberOf(entry.origin);
    const touchOrigin = entry.touch === undefined ? 0 : this.origins.numberOf(entry.touch.origin);
    const size = recordBytes(entry, origin, isMarked);
    let place = slot;
    if (slot === -1 || !this.overwrite(shard, slot, entry, hash, origin, touchOrigin, size, keepsValue, isMarked)) {
      const slab = this.space.room(size, 'hot');
      const at = slab.take(size);
      writeRecord(slab, at, entry, hash, origin, touchOrigin, isMarked);
      if (slot === -1) place = shard.insert(hash, slab.id, at);
      else this.replace(shard, slot, hash, slab.id, at);
      this.compaction.step(size);
    }
    // What is put away with a mark, or kept in it, is no use.
    if (this.uses !== null && !(isBare && slot !== -1 && shard.usedAt(slot) !== 0)) {
      const isEvictable = isMarked || (value !== null && !isPartKey(key));
      shard.use(place, isEvictable ? this.uses.tick(this.tally.live) : 0);
    }
    if (isBare) return;
    const bucket = hash & (BUCKETS - 1);
    const isStub = value === null && entry.evicted === true;
    if (isStub) this.tally.countStub(1, databaseOf(key), key.length, size);
    else this.tally.add(bucket, databaseOf(key), key.length + (value === null ? 0 : value.length), value === null);
    if (value !== null || isStub) this.addDigest(bucket, hash, entry, origin, touchOrigin);
    if (expiryMs !== 0) {
      this.tally.expires(bucket, expiryMs);
      if (!isStub) this.tally.countEnding(1, bucket, databaseOf(key));
    }
    const last = entry.touch === undefined ? entry.hlc : lastHlcOf(entry);
    if (last > this.highest) this.highest = last;
  }

  remove(key: Bytes): void {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot !== -1) this.removeAt(shard, slot, hash);
  }

  removeAt(shard: IndexShard, slot: number, hash: number): void {
    const freed = this.forget(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), hash);
    shard.remove(slot);
    this.compaction.step(freed);
  }

  /** Takes out a record that goes on elsewhere: nothing is counted less. Returns its size, for `compact`. */
  detach({ hash, shard, slab, at }: Place): number {
    shard.remove(shard.locate(hash, slab.id, at));
    return this.release(slab, at);
  }

  /** Writes a record that was elsewhere, and that its key has not. Returns its size, for `compact`. */
  attach(entry: Entry, hash: number): number {
    const origin = this.origins.numberOf(entry.origin);
    const size = recordBytes(entry, origin);
    const slab = this.space.room(size, 'hot');
    const at = slab.take(size);
    writeRecord(slab, at, entry, hash, origin, 0);
    this.index.shard(hash).insert(hash, slab.id, at);
    return size;
  }

  /** Work in proportion to bytes that came and went. Records move. */
  compact(bytes: number): void {
    this.compaction.step(bytes);
  }

  /** Whether an entry is after what is at a slot (R5). */
  isAfterSlot(entry: Entry, hash: number, slot: number): boolean {
    const shard = this.index.shard(hash);
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const [hlc, origin] = [hlcAt(slab, at), this.origins.nameOf(originNumberAt(slab, at))];
    if (!isTouchedAt(slab, at)) return isAfter(entry, { hlc, origin });
    return isAfter(entry, { hlc, origin, touch: this.touchAt(slab, at) });
  }

  /** What its key has, if it is not at -1. */
  formerOf({ key }: Entry, hash: number, slot: number): Entry | undefined {
    if (slot === -1) return undefined;
    const shard = this.index.shard(hash);
    return this.entryAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), key);
  }

  entryOf(slab: Slab, at: number): Entry {
    return this.entryAt(slab, at, this.keyAt(slab, at));
  }

  keyAt(slab: Slab, at: number): Bytes {
    return this.bytesAt(slab, keyStart(slab, at), keyLengthAt(slab, at));
  }

  entryAt(slab: Slab, at: number, key: Bytes): Entry {
    const entry = {
      key,
      value: !hasValueAt(slab, at) ? null : this.bytesAt(slab, valueStart(slab, at), valueLengthAt(slab, at)),
      hlc: hlcAt(slab, at),
      origin: this.origins.nameOf(originNumberAt(slab, at)),
      seq: seqAt(slab, at),
      expiryMs: expiryAt(slab, at),
    };
    const found = isStubAt(slab, at) ? stubOf(entry) : typedEntry(entry, typeAt(slab, at));
    return isTouchedAt(slab, at) ? touched(found, this.touchAt(slab, at), entry.expiryMs) : found;
  }

  /** `rowOrigin`, `rowSeq`: of the row that it is packed for, if it is for one. */
  packAt(slab: Slab, at: number, packer: EntryPacker, rowOrigin?: Origin, rowSeq = 0): void {
    const origin = this.origins.nameOf(originNumberAt(slab, at));
    const keyLength = keyLengthAt(slab, at);
    const missing = isStubAt(slab, at) ? STUB_LENGTH : isTombstoneAt(slab, at) ? TOMBSTONE_LENGTH : 0;
    const [seq, hlc, expiryMs] = [seqAt(slab, at), hlcAt(slab, at), expiryAt(slab, at)];
    const touch = isTouchedAt(slab, at) ? this.touchAt(slab, at) : undefined;
    const valueLength = missing === 0 ? packer.lengthOf(valueLengthAt(slab, at), origin, seq, touch) : missing;
    const type = valueLength < 0 ? undefined : typeAt(slab, at);
    const row = rowOrigin === undefined ? 0 : rowNumber(rowSeq, rowOrigin, seq, origin);
    const to = packer.open(origin, seq, hlc, expiryMs, type, keyLength, valueLength, row, touch);
    packBytes(slab, keyStart(slab, at), keyLength, packer, to);
    if (valueLength > 0) packBytes(slab, valueStart(slab, at), valueLength, packer, to + Math.ceil(keyLength / 4));
  }

  stubs(index: number): Entry[] {
    const stubs: Entry[] = [];
    this.each(index, (slab, at) => {
      if (isStubAt(slab, at)) stubs.push(this.entryOf(slab, at));
    });
    return stubs;
  }

  garbage(index: number, nowMs: number): Entry[] {
    const entries: Entry[] = [];
    if (!this.hasGarbage(index, nowMs)) return entries;
    this.each(index, (slab, at) => {
      if (isBareMarkAt(slab, at)) return;
      if (isTombstoneAt(slab, at) || isExpiredAt(slab, at, nowMs)) entries.push(this.entryOf(slab, at));
    });
    return entries;
  }

  digest(index: number, nowMs: number): number {
    if (this.tally.earliestExpiryMs(index) > nowMs) return this.digests.get(index);
    const rest = this.digests.copyOf(index);
    this.each(index, (slab, at) => {
      if (isExpiredAt(slab, at, nowMs)) this.undigest(rest, 0, slab, at);
    });
    return rest.get(0);
  }

  /** Of one bucket; see StoreDigest. */
  countExpired(index: number, nowMs: number, expired: number[]): void {
    if (this.tally.earliestExpiryMs(index) > nowMs || !this.tally.hasEnding(index)) return;
    this.each(index, (slab, at) => {
      if (!hasValueAt(slab, at) || !isExpiredAt(slab, at, nowMs)) return;
      const database = databaseAt(slab, at);
      expired[database] = (expired[database] ?? 0) + 1;
    });
  }

  /** Of memory, for live records and to find them. */
  get memoryBytes(): number {
    return this.space.liveBytes + this.index.bytes;
  }

  /** From now on it is noted when entries were used. */
  noteUses(): UseClock {
    if (this.uses === null) {
      this.uses = new UseClock();
      this.index.noteUses(this.uses.now);
    }
    return this.uses;
  }

  used(key: Bytes): void {
    if (this.uses === null) return;
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot !== -1 && shard.usedAt(slot) !== 0) shard.use(slot, this.uses.tick(this.tally.live));
  }

  /** A part of the key was written: that it is used shows at its whole, which is there, if only as a mark. */
  usedBy(wholeKey: Bytes): void {
    if (this.uses === null) return;
    const hash = this.hash(wholeKey);
    const shard = this.index.shard(hash);
    shard.use(shard.find(hash, wholeKey), this.uses.tick(this.tally.live));
  }

  // ---

  private bytesAt(slab: Slab, start: number, length: number): Bytes {
    if (slab.isShared) return this.pool.copy(slab, start, length);
    slab.isViewed = true;
    return slab.bytes.subarray(start, start + length);
  }

  private addDigest(
    bucket: number,
    hash: number,
    { seq, hlc, touch }: Entry,
    origin: number,
    touchOrigin: number,
  ): void {
    this.digests.add(bucket, hash, this.origins.hashOf(origin), seq, hlc);
    if (touch !== undefined)
      this.digests.addTouch(bucket, hash, this.origins.hashOf(touchOrigin), touch.seq, touch.hlc);
  }

  /**
   * Write a record in place of the one that its key has, if that is as large: nothing is dead then, and nothing to compact.
   * Views of the values of large records were handed out, so those are left as they are. Returns whether it was done.
   */
  private overwrite(
    shard: IndexShard,
    slot: number,
    entry: Entry,
    hash: number,
    origin: number,
    touchOrigin: number,
    size: number,
    keepsValue: boolean,
    isMarked: boolean,
  ): boolean {
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    if ((!slab.isShared && !keepsValue) || sizeAt(slab, at) !== size) return false;
    this.discount(slab, at, hash);
    if (slab.isShared) writeRecord(slab, at, entry, hash, origin, touchOrigin, isMarked);
    else writeHead(slab, at, entry, hash, origin, touchOrigin, isMarked);
    return true;
  }

  private replace(shard: IndexShard, slot: number, hash: number, slab: number, at: number): void {
    this.forget(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), hash);
    shard.move(slot, slab, at);
  }

  private touchAt(slab: Slab, at: number): Touch {
    const origin = this.origins.nameOf(touchOriginAt(slab, at));
    return { hlc: touchHlcAt(slab, at), origin, seq: touchSeqAt(slab, at) };
  }

  /** The record is no longer its key's. Gives its size. */
  private forget(slab: Slab, at: number, hash: number): number {
    this.discount(slab, at, hash);
    return this.release(slab, at);
  }

  private release(slab: Slab, at: number): number {
    const size = sizeAt(slab, at);
    markDead(slab, at);
    this.space.release(slab, size);
    return size;
  }

  private undigest(digests: Digests, index: number, slab: Slab, at: number): void {
    const originHash = this.origins.hashOf(originNumberAt(slab, at));
    const hash = hashAt(slab, at);
    digests.remove(index, hash, originHash, seqAt(slab, at), hlcAt(slab, at));
    if (!isTouchedAt(slab, at)) return;
    const touchHash = this.origins.hashOf(touchOriginAt(slab, at));
    digests.removeTouch(index, hash, touchHash, touchSeqAt(slab, at), touchHlcAt(slab, at));
  }

  private discount(slab: Slab, at: number, hash: number): void {
    if (isBareMarkAt(slab, at)) return;
    const keyLength = keyLengthAt(slab, at);
    const database = databaseAt(slab, at);
    const bucket = hash & (BUCKETS - 1);
    const isTombstone = isTombstoneAt(slab, at);
    if (isStubAt(slab, at)) this.tally.countStub(-1, database, keyLength, sizeAt(slab, at));
    else {
      this.tally.remove(bucket, database, keyLength + valueLengthAt(slab, at), isTombstone);
      if (!isTombstone && expiryAt(slab, at) !== 0) this.tally.countEnding(-1, bucket, database);
    }
    if (!isTombstone) this.undigest(this.digests, bucket, slab, at);
  }

  private hasGarbage(index: number, nowMs: number): boolean {
    if (this.tally.hasTombstones(index)) return true;
    if (this.tally.earliestExpiryMs(index) > nowMs) return false;
    const earliest = this.earliestExpiry(index);
    this.tally.raiseEarliestExpiry(index, earliest);
    return earliest <= nowMs;
  }

  private earliestExpiry(index: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    this.each(index, (slab, at) => {
      const expiryMs = expiryAt(slab, at);
      if (expiryMs !== 0 && expiryMs < earliest) earliest = expiryMs;
    });
    return earliest;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Free memory of fewer slabs than these stays with the store. */
const FREE_SLABS = 8;
/** Up to this length a loop copies faster than a view and a call. */
const LOOP_BYTES = 512;

/** `start`: a multiple of 4. `word`: where they go. */
function packBytes(slab: Slab, start: number, length: number, packer: EntryPacker, word: number): void {
  const count = length >>> 2;
  const from = start >>> 2;
  if (length > LOOP_BYTES) packer.words.set(slab.words.subarray(from, from + count), word);
  else copyWords(slab.words, from, packer.words, word, count);
  for (let i = length & ~3; i < length; i++) packer.bytes[4 * word + i] = slab.bytes[start + i]!;
}

/** The first byte of a key. */
function databaseAt(slab: Slab, at: number): number {
  return keyLengthAt(slab, at) === 0 ? 0 : slab.bytes[keyStart(slab, at)]!;
}
