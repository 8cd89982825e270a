import { type Bytes, hashPart } from '../../../core/model/bytes.js';
import { type Entry, joined, type TouchedEntry } from '../../../core/model/entry.js';
import { InvariantError } from '../../../core/model/errors.js';
import type { Hlc } from '../../../core/model/hlc.js';
import { isEnded, isLaterPart, isPartKey, PART, standsOn, wholeKeyOf } from '../../../core/model/parts.js';
import type { Origin } from '../../../core/model/version.js';
import type { Reservation } from '../../../core/replication/numbering.js';
import type { EntryPacker } from '../../../core/store/entry-packer.js';
import type { VictimPolicy } from '../../../core/store/eviction.js';
import { type AtOnce, LoggedStore } from '../../../core/store/logged-store.js';
import type { Owner } from '../../../core/store/owner.js';
import { Owners } from '../../../core/store/owners.js';
import type { PackedEntries } from '../../../core/store/packed-entries.js';
import type { RowBatch } from '../../../core/store/row-batch.js';
import type { Store } from '../../../core/store/store.js';
import type { Batch } from '../../batch.js';
import type { ValueSink } from '../../engine.js';
import { ROWS_MAX } from './assembly/layout.js';
import { CompiledPath, type Written } from './compiled-path.js';
import { FOLD_AFTER_MS, Folds } from './folds.js';
import type { IndexShard } from './index-shard.js';
import { ListedMembers } from './listed-members.js';
import { PartRecords } from './part-records.js';
import { isBareMarkAt, isMarkedAt, keyLengthAt, keyStart, valueLengthAt } from './record.js';
import { Records } from './records.js';
import type { Slab } from './slab.js';
import { SLAB_SIZES, type SlabSizes } from './slab-space.js';
import { Victims } from './victims.js';

/**
 * A store whose keys, values and versions are outside the JavaScript heap: records in slabs, found by a hash index. The
 * heap holds a few objects per slab, however many entries there are, so garbage collection has nothing to look at.
 *
 * Keys and values passed in are copied, and so are those of the entries that it gives: that is what lets it use memory again
 * at once, without waiting for a garbage collection to tell that no reader is left. Large values (see SlabSpace) are not
 * copied on the way out. An entry can be kept for any time and never keeps much more than its own bytes.
 */
export class SlabStore extends LoggedStore implements Store {
  readonly owners: Owners;
  readonly parts: PartRecords;
  protected readonly copiesBytes = true;
  private readonly records: Records;
  private readonly folds: Folds;
  private readonly victims: Victims;
  private readonly compiled: CompiledPath;

  constructor(
    sizes: SlabSizes = SLAB_SIZES,
    /** Its lowest bits say the bucket. Another one than the default is for tests of collisions. */
    hashWith: (bytes: Bytes, start: number, end: number) => number = hashPart,
  ) {
    super();
    const members = new ListedMembers(
      () => this.owners,
      () => this.records.home.linear!.fixed,
    );
    // The compiled path comes into being after its memory.
    this.records = new Records(sizes, hashWith, members, () => this.compiled?.forget());
    this.folds = new Folds(
      this.records,
      sizes.foldAfterMs ?? FOLD_AFTER_MS,
      (key) => this.owners.isAwake(key),
      (resting, latest) => this.owners.restingWith(resting, latest),
    );
    this.parts = new PartRecords(this.records, this.folds);
    this.owners = new Owners(this.parts, sizes.awakeMax);
    this.victims = new Victims(this.records, this.owners);
    this.compiled = new CompiledPath(this.records);
  }

  get(key: Bytes): Entry | undefined {
    return this.parts.get(key);
  }

  /** See Records. */
  readValue(key: Bytes, nowMs: number, sink: ValueSink): boolean {
    return this.records.readValue(key, nowMs, sink);
  }

  /** See Engine. */
  perform(batch: Batch, reservation: Reservation): number {
    const { origin, firstSeq, firstHlc } = reservation;
    this.checkReservation(reservation);
    this.owners.restOverdue();
    if (this.compiled.folded !== null) this.folds.unfold(this.compiled.folded);
    this.compiled.folded = null;
    const writes = this.compiled.perform(batch, reservation);
    batch.isToRepeat = this.compiled.folded !== null;
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
    this.records.highest = firstHlc + writes - 1;
    return writes;
  }

  /** The writes of the latest `perform`; good until the next call. */
  get written(): Written {
    return this.compiled.written;
  }

  /** Compiled code compares no versions: what it writes is after all that is here. */
  private checkReservation({ origin, firstSeq, firstHlc, countMax }: Reservation): void {
    if (countMax === 0 || (firstSeq === this.vector.get(origin) + 1 && firstHlc > this.records.highest)) return;
    const place = `${origin}/${this.vector.get(origin)}, and times of up to ${this.records.highest}`;
    throw new InvariantError(`the number ${firstSeq} and the time ${firstHlc} for writes of a store that has ${place}`);
  }

  warm(hashes: Int32Array, count: number): void {
    this.compiled.warm(hashes, count);
  }

  protected override takeAtOnce(batch: RowBatch, rows: PackedEntries): AtOnce | null {
    const taken = this.compiled.take(batch, rows);
    if (taken !== null && taken.greatestTaken > this.records.highest) this.records.highest = taken.greatestTaken;
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
    return this.records.has(key) || this.folds.get(key) !== undefined;
  }

  write(entry: Entry): void {
    const hash = this.records.hash(entry.key);
    this.putHashed(entry, hash);
    this.log.append(entry.origin, entry.seq, entry.key, hash);
    this.vector.advance(entry.origin, entry.seq);
  }

  touch(entry: TouchedEntry): void {
    const { origin, seq } = entry.touch;
    const hash = this.records.hash(entry.key);
    this.putAt(entry, hash, this.records.index.shard(hash).find(hash, entry.key), true);
    this.log.append(origin, seq, entry.key, hash);
    this.vector.advance(origin, seq);
  }

  put(entry: Entry): void {
    this.putHashed(entry, this.records.hash(entry.key));
  }

  putIfAfter(entry: Entry): boolean {
    return this.take(entry, this.records.hash(entry.key));
  }

  protected take(entry: Entry, hash: number): boolean {
    if (isPartKey(entry.key)) return this.takePart(entry, hash);
    const slot = this.records.index.shard(hash).find(hash, entry.key);
    if (slot !== -1 && !this.records.isAfterSlot(entry, hash, slot)) return false;
    if (slot === -1 || entry.touch === undefined) this.putAt(entry, hash, slot);
    else this.takeTouched(entry as TouchedEntry, hash, slot);
    return true;
  }

  private takePart(entry: Entry, hash: number): boolean {
    const owner = this.owners.ofPart(entry.key);
    if (this.hasEnded(entry, owner)) return false;
    const slot = this.records.index.shard(hash).find(hash, entry.key);
    const former = this.formerPart(entry, hash, slot);
    if (former !== undefined && !isLaterPart(entry, former)) return false;
    this.placePart(entry, hash, slot, former, owner);
    return true;
  }

  private formerPart(entry: Entry, hash: number, slot: number): Entry | undefined {
    return slot === -1 ? this.folds.get(entry.key) : this.records.formerOf(entry, hash, slot);
  }

  /** A touch mostly comes without the value that its key has. */
  private takeTouched(entry: TouchedEntry, hash: number, slot: number): void {
    const shard = this.records.index.shard(hash);
    const merged = joined(
      entry,
      this.records.entryAt(this.records.space.get(shard.slabAt(slot)), shard.offsetAt(slot), entry.key),
    );
    this.putAt(merged, hash, slot, merged !== entry);
  }

  drop(key: Bytes): void {
    if (isPartKey(key)) {
      const former = this.get(key);
      this.folds.unfold(wholeKeyOf(key));
      this.records.remove(key);
      if (former !== undefined) this.owners.dropped(former, this.records.hash(key));
      return;
    }
    this.owners.sweepAll(key);
    this.folds.unfold(key);
    this.records.remove(key);
    if (this.owners.get(key) === undefined) return;
    this.parts.mark(key, true);
    this.owners.wholeChanged(key, undefined);
  }

  sweepParts(most: number): boolean {
    return this.owners.sweep(most);
  }

  foldParts(nowMs: number): boolean {
    return this.folds.step(nowMs);
  }

  override append(origin: Origin, seq: number, key: Bytes): void {
    this.log.append(origin, seq, key, this.records.hash(key));
  }

  protected override expect(batch: RowBatch): void {
    batch.hash(this.records.hashWith);
    this.warm(batch.hashes, batch.count);
  }

  protected packRow(batch: RowBatch, i: number, origin: Origin, packer: EntryPacker): void {
    const { keys, starts, ends } = batch;
    const seq = batch.seqs[i]!;
    const hash = batch.hashes[i]!;
    const shard = this.records.index.shard(hash);
    const slot = shard.find(hash, keys, starts[i]!, ends[i]!);
    const key = batch.key(i);
    const folded = slot === -1 ? this.folds.get(key) : undefined;
    if (folded !== undefined) packer.addRow(origin, seq, key, folded);
    else if (slot === -1 || this.isGone(key, shard, slot)) this.packMissing(origin, seq, key, packer);
    else this.packPlace(shard, slot, packer, origin, seq);
  }

  /** Nothing is there but a mark, or a part that its whole has ended, and that is only not forgotten yet: it may be older than its row. */
  private isGone(key: Bytes, shard: IndexShard, slot: number): boolean {
    const slab = this.records.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    if (isBareMarkAt(slab, at)) return true;
    return isPartKey(key) && this.hasEnded(this.records.entryAt(slab, at, key), this.owners.ofPart(key));
  }

  /** A part that is gone goes as the whole that ended it. */
  private packMissing(origin: Origin, seq: number, key: Bytes, packer: EntryPacker): void {
    const wholeKey = isPartKey(key) ? wholeKeyOf(key) : undefined;
    if (wholeKey === undefined || !this.has(wholeKey)) packer.addRow(origin, seq, key, null);
    else {
      const hash = this.records.hash(wholeKey);
      const shard = this.records.index.shard(hash);
      this.packPlace(shard, shard.find(hash, wholeKey), packer, origin, seq);
    }
  }

  private packPlace(shard: IndexShard, slot: number, packer: EntryPacker, origin: Origin, seq: number): void {
    this.records.packAt(this.records.space.get(shard.slabAt(slot)), shard.offsetAt(slot), packer, origin, seq);
  }

  protected valueBytes(batch: RowBatch, i: number): number {
    const shard = this.records.index.shard(batch.hashes[i]!);
    const slot = shard.find(batch.hashes[i]!, batch.keys, batch.starts[i]!, batch.ends[i]!);
    if (slot === -1) return this.folds.get(batch.key(i))?.value?.length ?? 0;
    return valueLengthAt(this.records.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
  }

  bucket(index: number): Entry[] {
    const entries: Entry[] = [];
    this.records.each(index, (slab, at) => {
      if (this.isEntryAt(slab, at)) entries.push(this.records.entryOf(slab, at));
    });
    for (const part of this.folds.in(index)) entries.push(part);
    return entries;
  }

  /** Whether the record is for others to see: not a mark alone, and no part that has ended. */
  private isEntryAt(slab: Slab, at: number): boolean {
    if (isBareMarkAt(slab, at)) return false;
    if (!this.owners.isSweeping || keyLengthAt(slab, at) === 0 || slab.bytes[keyStart(slab, at)]! < 16) return true;
    const entry = this.records.entryOf(slab, at);
    return !isPartKey(entry.key) || !this.owners.isLeftover(entry);
  }

  override pack(index: number, packer: EntryPacker): void {
    for (const part of this.folds.in(index)) packer.add(part);
    const { shard, slots } = this.records.index.bucket(index);
    if (slots.length === 0) return;
    const hashes = new Int32Array(ROWS_MAX);
    for (let next = 0; next < slots.length; ) {
      // The records are all over the place: asked for at once, they are waited for once.
      const some = slots.slice(next, next + ROWS_MAX);
      for (const [i, slot] of some.entries()) hashes[i] = shard.hashAt(slot, index);
      this.warm(hashes, some.length);
      for (const slot of some) {
        const slab = this.records.space.get(shard.slabAt(slot));
        const at = shard.offsetAt(slot);
        if (this.isEntryAt(slab, at)) this.records.packAt(slab, at, packer);
      }
      next += some.length;
    }
  }

  garbage(index: number, nowMs: number): Entry[] {
    return this.records.garbage(index, nowMs);
  }

  stubs(index: number): Entry[] {
    return this.records.stubs(index);
  }

  digest(index: number, nowMs: number): number {
    return this.records.digest(index, nowMs);
  }

  endingCount(database: number): number {
    return this.records.tally.endingOfDatabase(database) + this.owners.countEndingIn(database);
  }

  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void {
    for (let index = from; index < upto; index++) {
      this.owners.settleIn(index, nowMs);
      this.records.countExpired(index, nowMs, expired);
    }
  }

  liveCount(database?: number): number {
    return database === undefined
      ? this.records.tally.live
      : this.records.tally.liveIn(database) + this.owners.countIn(database);
  }

  get tombstoneCount(): number {
    return this.records.tally.tombstones;
  }

  get byteCount(): number {
    return this.records.tally.bytes;
  }

  get stubCount(): number {
    return this.records.tally.stubs;
  }

  get evictedKeyCount(): number {
    return this.records.tally.stubKeys + this.owners.evictedCount;
  }

  get stubBytes(): number {
    return this.records.tally.stubBytes;
  }

  get memoryBytes(): number {
    return this.records.memoryBytes + this.folds.bytes;
  }

  victim(policy: VictimPolicy, random: () => number): Bytes | undefined {
    if (policy === 'volatile-ttl') return this.victims.endsSoonest(random);
    const uses = this.records.noteUses();
    return this.records.tally.live === 0 ? undefined : this.victims.leastUsed(uses, random);
  }

  noteUses(): void {
    this.records.noteUses();
  }

  used(key: Bytes): void {
    this.records.used(key);
  }

  /** The greatest timestamp ever stored in an entry here, also of entries that are gone. */
  get highestHlc(): Hlc {
    return this.records.highest;
  }

  /** Bytes in slabs that no entry needs, and that wait for compaction. */
  get deadBytes(): number {
    return this.records.space.deadBytes;
  }

  private putHashed(entry: Entry, hash: number): void {
    if (isPartKey(entry.key)) return this.putPart(entry, hash);
    this.putAt(entry, hash, this.records.index.shard(hash).find(hash, entry.key));
  }

  /** Of a key that is no part. `slot`: where it is; -1 if it is not here. `keepsValue`: the value is the one that it has. */
  private putAt(entry: Entry, hash: number, slot: number, keepsValue = false): void {
    const shard = this.records.index.shard(hash);
    const isMarked = slot !== -1 && isMarkedAt(this.records.space.get(shard.slabAt(slot)), shard.offsetAt(slot));
    if (!isMarked) return this.records.put(entry, hash, slot, keepsValue);
    // What the mark tells is read before it is another one.
    this.owners.get(entry.key);
    this.folds.unfold(entry.key);
    this.records.put(entry, hash, shard.find(hash, entry.key), keepsValue, true);
    this.owners.wholeChanged(entry.key, entry);
  }

  /** Whatever the key has, but for what its whole has ended. */
  private putPart(entry: Entry, hash: number): void {
    const owner = this.owners.ofPart(entry.key);
    if (this.hasEnded(entry, owner)) return;
    const slot = this.records.index.shard(hash).find(hash, entry.key);
    this.placePart(entry, hash, slot, this.formerPart(entry, hash, slot), owner);
  }

  private placePart(
    entry: Entry,
    hash: number,
    slot: number,
    former: Entry | undefined,
    owner: Owner | undefined,
  ): void {
    const isElsewhere = this.folds.size > 0 && owner !== undefined && this.folds.unfold(owner.key);
    this.records.put(entry, hash, isElsewhere ? this.records.index.shard(hash).find(hash, entry.key) : slot);
    this.owners.put(entry, hash, former, owner);
    if (this.records.uses !== null && entry.value !== null) this.records.usedBy(wholeKeyOf(entry.key));
  }

  private hasEnded(part: Entry, owner: Owner | undefined): boolean {
    return isEnded(standsOn(part), owner === undefined ? this.get(wholeKeyOf(part.key)) : owner.whole);
  }
}
