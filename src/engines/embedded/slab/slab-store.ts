import { BUCKETS, type Bytes, compareBytes, hashPart } from '../../../core/model/bytes.js';
import {
  databaseOf,
  type Entry,
  joined,
  stubOf,
  type Touch,
  type TouchedEntry,
  touched,
  typedEntry,
} from '../../../core/model/entry.js';
import { InvariantError } from '../../../core/model/errors.js';
import type { Hlc } from '../../../core/model/hlc.js';
import {
  isEnded,
  isLaterPart,
  isPartKey,
  PART,
  type PartKind,
  standsOn,
  wholeKeyOf,
} from '../../../core/model/parts.js';
import { isAfter, lastHlcOf, type Origin, type Stamp } from '../../../core/model/version.js';
import type { Reservation } from '../../../core/replication/numbering.js';
import { Digests } from '../../../core/store/digests.js';
import { type EntryPacker, rowNumber } from '../../../core/store/entry-packer.js';
import type { VictimPolicy } from '../../../core/store/eviction.js';
import { type AtOnce, LoggedStore } from '../../../core/store/logged-store.js';
import type { Owner } from '../../../core/store/owner.js';
import { Owners, type PartSource, type RestingKey } from '../../../core/store/owners.js';
import { type PackedEntries, STUB_LENGTH, TOMBSTONE_LENGTH } from '../../../core/store/packed-entries.js';
import { type Resting, restingBytes, restingExpiry, restingFrom } from '../../../core/store/resting.js';
import type { RowBatch } from '../../../core/store/row-batch.js';
import type { Store } from '../../../core/store/store.js';
import type { Batch } from '../../batch.js';
import type { ValueSink } from '../../engine.js';
import { ROWS_MAX } from './assembly/layout.js';
import { Compaction } from './compaction.js';
import { CompiledPath, type Written } from './compiled-path.js';
import { HashIndex } from './hash-index.js';
import type { IndexShard } from './index-shard.js';
import { ListedMembers } from './listed-members.js';
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
  isRestingAt,
  isStubAt,
  isTombstoneAt,
  isTouchedAt,
  keyLengthAt,
  keyStart,
  markDead,
  markedHlcAt,
  markedOriginAt,
  markedWritesAt,
  markPlain,
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
import { SLAB_SIZES, type SlabSizes, SlabSpace } from './slab-space.js';
import { Tally } from './tally.js';
import { UseClock } from './use-clock.js';
import { Victims } from './victims.js';

/**
 * A store whose keys, values and versions are outside the JavaScript heap: records in slabs, found by a hash index. The
 * heap holds a few objects per slab, however many entries there are, so garbage collection has nothing to look at.
 *
 * Keys and values passed in are copied, and so are those of the entries that it gives: that is what lets it use memory again
 * at once, without waiting for a garbage collection to tell that no reader is left. Large values (see SlabSpace) are not
 * copied on the way out. An entry can be kept for any time and never keeps much more than its own bytes.
 */
export class SlabStore extends LoggedStore implements Store, PartSource {
  readonly owners: Owners;
  protected readonly copiesBytes = true;
  private readonly origins = new OriginNames();
  private readonly tally = new Tally();
  private readonly digests = new Digests(BUCKETS);
  private readonly pool = new ReadPool();
  private readonly home: SlabHome;
  private readonly space: SlabSpace;
  private readonly index: HashIndex;
  private readonly compaction: Compaction;
  private readonly victims: Victims;
  private readonly compiled: CompiledPath;
  private highest: Hlc = 0;
  /** null: nobody asks which entries were used. */
  private uses: UseClock | null = null;

  constructor(
    sizes: SlabSizes = SLAB_SIZES,
    /** Its lowest bits say the bucket. Another one than the default is for tests of collisions. */
    private readonly hashWith: (bytes: Bytes, start: number, end: number) => number = hashPart,
  ) {
    super();
    this.owners = new Owners(this, sizes.awakeMax);
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
        if (isOther) this.compiled?.forget();
      },
      new ListedMembers(this.owners, () => this.home.linear!.fixed),
    );
    this.space = new SlabSpace(this.home, sizes);
    this.index = new HashIndex(this.space, this.home);
    if (this.home.linear !== null) this.index.placeCounts(this.home.linear.fixed.counts, false);
    this.compaction = new Compaction(this.space, this.index);
    this.victims = new Victims(this.space, this.index, this.owners, this.tally);
    this.compiled = new CompiledPath(this.home, this.space, this.index, this.compaction, this.origins, this.tally);
  }

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

  /** See Engine. */
  perform(batch: Batch, reservation: Reservation): number {
    const { origin, firstSeq, firstHlc } = reservation;
    this.checkReservation(reservation);
    this.owners.restOverdue();
    const writes = this.compiled.perform(batch, reservation);
    if (writes === 0) return 0;
    const { bytes, places } = this.written;
    let ofParts = 0;
    // Whoever keeps the writes reads them where they are.
    this.owners.isStill = true;
    for (let i = 0; i < writes; i++) {
      const at = 8 * i;
      this.log.append(origin, firstSeq + i, bytes, places[at]!, places[at + 1]!, places[at + 2]!);
      if (places[at + 7] === 0) continue;
      ofParts++;
      if (places[at + 5] === 1 || places[at + 7] === PART.score)
        this.owners.wrote(this.written, at, firstHlc + i, origin);
    }
    this.owners.isStill = false;
    this.owners.marksWritten += ofParts;
    this.vector.advance(origin, firstSeq + writes - 1);
    this.highest = firstHlc + writes - 1;
    return writes;
  }

  /** The writes of the latest `perform`; good until the next call. */
  get written(): Written {
    return this.compiled.written;
  }

  /** Compiled code compares no versions: what it writes is after all that is here. */
  private checkReservation({ origin, firstSeq, firstHlc, countMax }: Reservation): void {
    if (countMax === 0 || (firstSeq === this.vector.get(origin) + 1 && firstHlc > this.highest)) return;
    const place = `${origin}/${this.vector.get(origin)}, and times of up to ${this.highest}`;
    throw new InvariantError(`the number ${firstSeq} and the time ${firstHlc} for writes of a store that has ${place}`);
  }

  warm(hashes: Int32Array, count: number): void {
    this.compiled.warm(hashes, count);
  }

  protected override takeAtOnce(batch: RowBatch, rows: PackedEntries): AtOnce | null {
    const taken = this.compiled.take(batch, rows);
    if (taken !== null && taken.greatestTaken > this.highest) this.highest = taken.greatestTaken;
    return taken;
  }

  protected override packAtOnce(
    batch: RowBatch,
    start: number,
    end: number,
    origin: Origin,
    packer: EntryPacker,
  ): number {
    return this.compiled.pack(batch, start, end, origin, packer);
  }

  has(key: Bytes): boolean {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    return slot !== -1 && !isBareMarkAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
  }

  write(entry: Entry): void {
    const hash = this.hash(entry.key);
    this.putHashed(entry, hash);
    this.log.append(entry.origin, entry.seq, entry.key, hash);
    this.vector.advance(entry.origin, entry.seq);
  }

  touch(entry: TouchedEntry): void {
    const { origin, seq } = entry.touch;
    const hash = this.hash(entry.key);
    this.putAt(entry, hash, this.index.shard(hash).find(hash, entry.key), true);
    this.log.append(origin, seq, entry.key, hash);
    this.vector.advance(origin, seq);
  }

  put(entry: Entry): void {
    this.putHashed(entry, this.hash(entry.key));
  }

  putIfAfter(entry: Entry): boolean {
    return this.take(entry, this.hash(entry.key));
  }

  protected take(entry: Entry, hash: number): boolean {
    const slot = this.index.shard(hash).find(hash, entry.key);
    if (isPartKey(entry.key)) return this.takePart(entry, hash, slot);
    if (slot !== -1 && !this.isAfterSlot(entry, hash, slot)) return false;
    if (slot === -1 || entry.touch === undefined) this.putAt(entry, hash, slot);
    else this.takeTouched(entry as TouchedEntry, hash, slot);
    return true;
  }

  private takePart(entry: Entry, hash: number, slot: number): boolean {
    const owner = this.owners.ofPart(entry.key);
    if (this.hasEnded(entry, owner)) return false;
    const former = this.formerOf(entry, hash, slot);
    if (former !== undefined && !isLaterPart(entry, former)) return false;
    this.placePart(entry, hash, slot, former, owner);
    return true;
  }

  /** A touch mostly comes without the value that its key has. */
  private takeTouched(entry: TouchedEntry, hash: number, slot: number): void {
    const shard = this.index.shard(hash);
    const merged = joined(entry, this.entryAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), entry.key));
    this.putAt(merged, hash, slot, merged !== entry);
  }

  drop(key: Bytes): void {
    if (isPartKey(key)) {
      const former = this.get(key);
      this.forgetPart(key);
      if (former !== undefined) this.owners.dropped(former, this.hash(key));
      return;
    }
    this.owners.sweepAll(key);
    this.remove(key);
    if (this.owners.get(key) === undefined) return;
    this.mark(key, true);
    this.owners.wholeChanged(key, undefined);
  }

  forgetPart(key: Bytes): void {
    this.remove(key);
  }

  hashOf(key: Bytes): number {
    return this.hash(key);
  }

  partsWith(hash: number, prefix: Bytes): Entry[] {
    const shard = this.index.shard(hash);
    const parts: Entry[] = [];
    for (const slot of shard.slotsWith(hash)) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (!isTombstoneAt(slab, at) && startsWith(slab, at, prefix)) parts.push(this.entryOf(slab, at));
    }
    return parts.length < 2 ? parts : parts.sort((a, b) => compareBytes(a.key, b.key));
  }

  mark(key: Bytes, hasParts: boolean): void {
    const hash = this.hash(key);
    const slot = this.index.shard(hash).find(hash, key);
    const entry = slot === -1 ? undefined : this.get(key);
    if (hasParts) this.putRecord(entry ?? { ...BARE_MARK, key }, hash, slot, false, true);
    else if (entry === undefined) this.remove(key);
    else this.putRecord(entry, hash, slot);
  }

  markPlain(key: Bytes, kind: PartKind | 0): void {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    markPlain(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), kind);
  }

  latestOf(key: Bytes): (Stamp & { readonly writes: number }) | undefined {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot === -1) return undefined;
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const writes = isMarkedAt(slab, at) ? markedWritesAt(slab, at) : 0;
    if (writes === 0) return undefined;
    return { writes, hlc: markedHlcAt(slab, at), origin: this.origins.nameOf(markedOriginAt(slab, at)) };
  }

  rest(key: Bytes, resting: Resting): boolean {
    const hash = this.hash(key);
    const value = restingBytes(resting, this.origins.numberOf(resting.newest.origin));
    this.putRecord({ ...BARE_MARK, key, value }, hash, this.index.shard(hash).find(hash, key), false, true);
    if (resting.isPlain) this.markPlain(key, resting.kind);
    return true;
  }

  restingAt(key: Bytes): Resting | undefined {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot === -1) return undefined;
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    if (!isRestingAt(slab, at)) return undefined;
    return restingFrom(valueAt(slab, at), (number) => this.origins.nameOf(number));
  }

  restingIn(index: number): RestingKey[] {
    const { shard, slots } = this.index.bucket(index);
    const keys: RestingKey[] = [];
    for (const slot of slots) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (!isRestingAt(slab, at)) continue;
      const key = this.bytesAt(slab, keyStart(slab, at), keyLengthAt(slab, at));
      keys.push({ key, expiryMs: restingExpiry(valueAt(slab, at)) });
    }
    return keys;
  }

  sweepParts(most: number): boolean {
    return this.owners.sweep(most);
  }

  forgetEnded(hash: number, prefix: Bytes, whole: Stamp | undefined): void {
    const shard = this.index.shard(hash);
    const isEndedAt = (slot: number): boolean => {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      return !isTombstoneAt(slab, at) && startsWith(slab, at, prefix) && isEnded(this.standsOnAt(slab, at), whole);
    };
    // Slots move as others are emptied.
    for (;;) {
      const slot = shard.slotsWith(hash).find(isEndedAt);
      if (slot === undefined) return;
      this.removeAt(shard, slot, hash);
    }
  }

  /** As `standsOn` of a part, which is no tombstone. */
  private standsOnAt(slab: Slab, at: number): Stamp {
    if (slab.bytes[keyStart(slab, at)]! >>> 4 === PART.count) return standsOn(this.entryOf(slab, at));
    return { hlc: hlcAt(slab, at), origin: this.origins.nameOf(originNumberAt(slab, at)) };
  }

  private remove(key: Bytes): void {
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot !== -1) this.removeAt(shard, slot, hash);
  }

  private removeAt(shard: IndexShard, slot: number, hash: number): void {
    const freed = this.forget(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), hash);
    shard.remove(slot);
    this.compaction.step(freed);
  }

  override append(origin: Origin, seq: number, key: Bytes): void {
    this.log.append(origin, seq, key, this.hash(key));
  }

  protected override expect(batch: RowBatch): void {
    batch.hash(this.hashWith);
    this.warm(batch.hashes, batch.count);
  }

  protected packRow(batch: RowBatch, i: number, origin: Origin, packer: EntryPacker): void {
    const { keys, starts, ends } = batch;
    const seq = batch.seqs[i]!;
    const hash = batch.hashes[i]!;
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, keys, starts[i]!, ends[i]!);
    const key = batch.key(i);
    if (slot === -1 || this.isGone(key, shard, slot)) this.packMissing(origin, seq, key, packer);
    else this.packPlace(shard, slot, packer, origin, seq);
  }

  /** Nothing is there but a mark, or a part that its whole has ended, and that is only not forgotten yet: it may be older than its row. */
  private isGone(key: Bytes, shard: IndexShard, slot: number): boolean {
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    if (isBareMarkAt(slab, at)) return true;
    return isPartKey(key) && this.hasEnded(this.entryAt(slab, at, key), this.owners.ofPart(key));
  }

  /** A part that is gone goes as the whole that ended it. */
  private packMissing(origin: Origin, seq: number, key: Bytes, packer: EntryPacker): void {
    const wholeKey = isPartKey(key) ? wholeKeyOf(key) : undefined;
    if (wholeKey === undefined || !this.has(wholeKey)) packer.addRow(origin, seq, key, null);
    else {
      const hash = this.hash(wholeKey);
      const shard = this.index.shard(hash);
      this.packPlace(shard, shard.find(hash, wholeKey), packer, origin, seq);
    }
  }

  private packPlace(shard: IndexShard, slot: number, packer: EntryPacker, origin: Origin, seq: number): void {
    this.packAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), packer, origin, seq);
  }

  protected valueBytes(batch: RowBatch, i: number): number {
    const shard = this.index.shard(batch.hashes[i]!);
    const slot = shard.find(batch.hashes[i]!, batch.keys, batch.starts[i]!, batch.ends[i]!);
    return slot === -1 ? 0 : valueLengthAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
  }

  bucket(index: number): Entry[] {
    const { shard, slots } = this.index.bucket(index);
    const entries: Entry[] = [];
    for (const slot of slots) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (this.isEntryAt(slab, at)) entries.push(this.entryOf(slab, at));
    }
    return entries;
  }

  /** Whether the record is for others to see: not a mark alone, and no part that has ended. */
  private isEntryAt(slab: Slab, at: number): boolean {
    if (isBareMarkAt(slab, at)) return false;
    if (!this.owners.isSweeping || keyLengthAt(slab, at) === 0 || slab.bytes[keyStart(slab, at)]! < 16) return true;
    const entry = this.entryOf(slab, at);
    return !isPartKey(entry.key) || !this.owners.isLeftover(entry);
  }

  override pack(index: number, packer: EntryPacker): void {
    const { shard, slots } = this.index.bucket(index);
    if (slots.length === 0) return;
    const hashes = new Int32Array(ROWS_MAX);
    for (let next = 0; next < slots.length; ) {
      // The records are all over the place: asked for at once, they are waited for once.
      const some = slots.slice(next, next + ROWS_MAX);
      for (const [i, slot] of some.entries()) hashes[i] = shard.hashAt(slot, index);
      this.warm(hashes, some.length);
      for (const slot of some) {
        const slab = this.space.get(shard.slabAt(slot));
        const at = shard.offsetAt(slot);
        if (this.isEntryAt(slab, at)) this.packAt(slab, at, packer);
      }
      next += some.length;
    }
  }

  private hasGarbage(index: number, nowMs: number): boolean {
    if (this.tally.hasTombstones(index)) return true;
    if (this.tally.earliestExpiryMs(index) > nowMs) return false;
    const earliest = this.earliestExpiry(index);
    this.tally.raiseEarliestExpiry(index, earliest);
    return earliest <= nowMs;
  }

  garbage(index: number, nowMs: number): Entry[] {
    if (!this.hasGarbage(index, nowMs)) return [];
    const { shard, slots } = this.index.bucket(index);
    const entries: Entry[] = [];
    for (const slot of slots) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (isBareMarkAt(slab, at)) continue;
      if (isTombstoneAt(slab, at) || isExpiredAt(slab, at, nowMs)) entries.push(this.entryOf(slab, at));
    }
    return entries;
  }

  digest(index: number, nowMs: number): number {
    if (this.tally.earliestExpiryMs(index) > nowMs) return this.digests.get(index);
    const rest = this.digests.copyOf(index);
    const { shard, slots } = this.index.bucket(index);
    for (const slot of slots) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (isExpiredAt(slab, at, nowMs)) this.undigest(rest, 0, slab, at);
    }
    return rest.get(0);
  }

  endingCount(database: number): number {
    return this.tally.endingOfDatabase(database) + this.owners.countEndingIn(database);
  }

  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void {
    for (let index = from; index < upto; index++) {
      this.owners.settleIn(index, nowMs);
      if (this.tally.earliestExpiryMs(index) > nowMs || !this.tally.hasEnding(index)) continue;
      const { shard, slots } = this.index.bucket(index);
      for (const slot of slots) {
        const slab = this.space.get(shard.slabAt(slot));
        const at = shard.offsetAt(slot);
        if (!hasValueAt(slab, at) || !isExpiredAt(slab, at, nowMs)) continue;
        const database = keyLengthAt(slab, at) === 0 ? 0 : slab.bytes[keyStart(slab, at)]!;
        expired[database] = (expired[database] ?? 0) + 1;
      }
    }
  }

  liveCount(database?: number): number {
    return database === undefined ? this.tally.live : this.tally.liveIn(database) + this.owners.countIn(database);
  }

  get tombstoneCount(): number {
    return this.tally.tombstones;
  }

  get byteCount(): number {
    return this.tally.bytes;
  }

  get stubCount(): number {
    return this.tally.stubs;
  }

  get evictedKeyCount(): number {
    return this.tally.stubKeys + this.owners.evictedCount;
  }

  get stubBytes(): number {
    return this.tally.stubBytes;
  }

  stubs(index: number): Entry[] {
    const { shard, slots } = this.index.bucket(index);
    const stubs: Entry[] = [];
    for (const slot of slots) {
      const slab = this.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      if (isStubAt(slab, at)) stubs.push(this.entryOf(slab, at));
    }
    return stubs;
  }

  get memoryBytes(): number {
    return this.space.liveBytes + this.index.bytes;
  }

  victim(policy: VictimPolicy, random: () => number): Bytes | undefined {
    if (policy === 'volatile-ttl') return this.victims.endsSoonest(random);
    this.noteUses();
    return this.tally.live === 0 ? undefined : this.victims.leastUsed(this.uses!, random);
  }

  noteUses(): void {
    if (this.uses !== null) return;
    this.uses = new UseClock();
    this.compiled.uses = this.uses;
    this.index.noteUses(this.uses.now);
  }

  used(key: Bytes): void {
    if (this.uses === null) return;
    const hash = this.hash(key);
    const shard = this.index.shard(hash);
    const slot = shard.find(hash, key);
    if (slot !== -1 && shard.usedAt(slot) !== 0) shard.use(slot, this.uses.tick(this.tally.live));
  }

  /** A part of the key was written: that it is used shows at its whole, which is there, if only as a mark. */
  private usedBy(wholeKey: Bytes): void {
    if (this.uses === null) return;
    const hash = this.hash(wholeKey);
    const shard = this.index.shard(hash);
    shard.use(shard.find(hash, wholeKey), this.uses.tick(this.tally.live));
  }

  /** The greatest timestamp ever stored in an entry here, also of entries that are gone. */
  get highestHlc(): Hlc {
    return this.highest;
  }

  /** Bytes in slabs that no entry needs, and that wait for compaction. */
  get deadBytes(): number {
    return this.space.deadBytes;
  }

  private putHashed(entry: Entry, hash: number): void {
    this.putAt(entry, hash, this.index.shard(hash).find(hash, entry.key));
  }

  /** `slot`: where the key is; -1 if it is not here. `keepsValue`: the value is the one that it has. */
  private putAt(entry: Entry, hash: number, slot: number, keepsValue = false): void {
    if (isPartKey(entry.key)) return this.putPart(entry, hash, slot);
    const shard = this.index.shard(hash);
    const isMarked = slot !== -1 && isMarkedAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
    // What the mark tells is read before it is another one.
    if (isMarked) this.owners.get(entry.key);
    this.putRecord(entry, hash, slot, keepsValue, isMarked);
    if (isMarked) this.owners.wholeChanged(entry.key, entry);
  }

  /** Whatever the key has, but for what its whole has ended. */
  private putPart(entry: Entry, hash: number, slot: number): void {
    const owner = this.owners.ofPart(entry.key);
    if (this.hasEnded(entry, owner)) return;
    this.placePart(entry, hash, slot, this.formerOf(entry, hash, slot), owner);
  }

  private placePart(
    entry: Entry,
    hash: number,
    slot: number,
    former: Entry | undefined,
    owner: Owner | undefined,
  ): void {
    this.putRecord(entry, hash, slot);
    this.owners.put(entry, hash, former, owner);
    if (this.uses !== null && entry.value !== null) this.usedBy(wholeKeyOf(entry.key));
  }

  private hasEnded(part: Entry, owner: Owner | undefined): boolean {
    return isEnded(standsOn(part), owner === undefined ? this.get(wholeKeyOf(part.key)) : owner.whole);
  }

  private formerOf({ key }: Entry, hash: number, slot: number): Entry | undefined {
    if (slot === -1) return undefined;
    const shard = this.index.shard(hash);
    return this.entryAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot), key);
  }

  private putRecord(entry: Entry, hash: number, slot: number, keepsValue = false, isMarked = false): void {
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

  private isAfterSlot(entry: Entry, hash: number, slot: number): boolean {
    const shard = this.index.shard(hash);
    const slab = this.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const [hlc, origin] = [hlcAt(slab, at), this.origins.nameOf(originNumberAt(slab, at))];
    if (!isTouchedAt(slab, at)) return isAfter(entry, { hlc, origin });
    return isAfter(entry, { hlc, origin, touch: this.touchAt(slab, at) });
  }

  private entryOf(slab: Slab, at: number): Entry {
    return this.entryAt(slab, at, this.bytesAt(slab, keyStart(slab, at), keyLengthAt(slab, at)));
  }

  private entryAt(slab: Slab, at: number, key: Bytes): Entry {
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

  private touchAt(slab: Slab, at: number): Touch {
    const origin = this.origins.nameOf(touchOriginAt(slab, at));
    return { hlc: touchHlcAt(slab, at), origin, seq: touchSeqAt(slab, at) };
  }

  /** `rowOrigin`, `rowSeq`: of the row that it is packed for, if it is for one. */
  private packAt(slab: Slab, at: number, packer: EntryPacker, rowOrigin?: Origin, rowSeq = 0): void {
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

  private bytesAt(slab: Slab, start: number, length: number): Bytes {
    if (slab.isShared) return this.pool.copy(slab, start, length);
    slab.isViewed = true;
    return slab.bytes.subarray(start, start + length);
  }

  private hash(key: Bytes): number {
    return this.hashWith(key, 0, key.length);
  }

  /** The record is no longer its key's. Gives its size. */
  private forget(slab: Slab, at: number, hash: number): number {
    this.discount(slab, at, hash);
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
    const database = keyLength === 0 ? 0 : slab.bytes[keyStart(slab, at)]!;
    const bucket = hash & (BUCKETS - 1);
    const isTombstone = isTombstoneAt(slab, at);
    if (isStubAt(slab, at)) this.tally.countStub(-1, database, keyLength, sizeAt(slab, at));
    else {
      this.tally.remove(bucket, database, keyLength + valueLengthAt(slab, at), isTombstone);
      if (!isTombstone && expiryAt(slab, at) !== 0) this.tally.countEnding(-1, bucket, database);
    }
    if (!isTombstone) this.undigest(this.digests, bucket, slab, at);
  }

  private earliestExpiry(index: number): number {
    const { shard, slots } = this.index.bucket(index);
    let earliest = Number.POSITIVE_INFINITY;
    for (const slot of slots) {
      const expiryMs = expiryAt(this.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
      if (expiryMs !== 0 && expiryMs < earliest) earliest = expiryMs;
    }
    return earliest;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Free memory of fewer slabs than these stays with the store. */
const FREE_SLABS = 8;
/** Up to this length a loop copies faster than a view and a call. */
const LOOP_BYTES = 512;

/** The record of a key that has parts, and no entry of its own. */
const BARE_MARK = { value: null, hlc: 0, origin: '', seq: 0, expiryMs: 0 } as const;

/** Good until the store changes. */
function valueAt(slab: Slab, at: number): Buffer {
  const start = valueStart(slab, at);
  return slab.bytes.subarray(start, start + valueLengthAt(slab, at));
}

function startsWith(slab: Slab, at: number, prefix: Bytes): boolean {
  if (keyLengthAt(slab, at) < prefix.length) return false;
  const start = keyStart(slab, at);
  for (let i = 0; i < prefix.length; i++) if (slab.bytes[start + i] !== prefix[i]) return false;
  return true;
}

/** `start`: a multiple of 4. `word`: where they go. */
function packBytes(slab: Slab, start: number, length: number, packer: EntryPacker, word: number): void {
  const count = length >>> 2;
  const from = start >>> 2;
  if (length > LOOP_BYTES) packer.words.set(slab.words.subarray(from, from + count), word);
  else copyWords(slab.words, from, packer.words, word, count);
  for (let i = length & ~3; i < length; i++) packer.bytes[4 * word + i] = slab.bytes[start + i]!;
}
