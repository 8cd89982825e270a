import type { Bytes } from '../model/bytes.js';
import { type Entry, type Touch, touched, typedEntry, type ValueType, writeAt } from '../model/entry.js';
import { InvariantError } from '../model/errors.js';
import { isExpiry } from '../model/expiry.js';
import { HLC_LAST, type Hlc, type HybridClock } from '../model/hlc.js';
import { RANGE_BYTES_MAX } from '../model/limits.js';
import { endBelow, isPartKey } from '../model/parts.js';
import type { VersionVector } from '../model/vector.js';
import { lastHlcOf, type Origin, type ReplicaId, replicaOf, type Stamp } from '../model/version.js';
import { blockEnd } from '../store/change-log.js';
import { EntryPacker } from '../store/entry-packer.js';
import { EntryUnpacker } from '../store/entry-unpacker.js';
import type { PackedEntries } from '../store/packed-entries.js';
import type { Group, Store } from '../store/store.js';
import type { Range } from './messages.js';
import { Numbering, type Reservation } from './numbering.js';

const ROWS_PER_READ = 256;
/** More than a packer keeps for the next range. */
const LARGE_BYTES = 2 << 20;
/** What a range costs on the wire beyond its rows, roughly. */
const RANGE_OVERHEAD_BYTES = 32;

export interface RangesOptions {
  /** Stop after about this many bytes. */
  readonly bytesMax: number;
  /** What the receiver has on its disk: of values in it touches go without the value. Absent: all entries go whole. */
  readonly known?: Readonly<VersionVector> | undefined;
  /**
   * How far to send each origin, and not beyond the end of the block that this is in, since ranges end there; 0: nothing of it. All
   * if absent.
   */
  readonly upto?: { get(origin: Origin): number };
}

export interface RangesResult {
  readonly ranges: Range[];
  readonly bytes: number;
  /** The log does not reach back to what the receiver has, or a range would be too large: it needs a snapshot (R9). */
  readonly behind: boolean;
  /** The latter: the log does not help it on. */
  readonly isTooLarge: boolean;
  /** Nothing is left to send within the options. */
  readonly complete: boolean;
  /** Touches are among the rows: what goes of them depends on what the receiver has. */
  readonly areTouched: boolean;
}

/** One replication group on one node: rules R1, R3, R4 and R5 over a store. */
export class Replica {
  private readonly packer = new EntryPacker(Number.POSITIVE_INFINITY);
  private readonly numbering: Numbering;
  /**
   * No entry that was dropped, in this start of the node or before it, is later, or has ended what was: a new one that is earlier could
   * lose to what others have yet to drop (R7).
   */
  droppedHlc: Hlc;
  /** Told of each entry before it is dropped; null: nobody asks. */
  onDrop: ((entry: Entry) => void) | null = null;
  /** Of the latest range. */
  private areTouched = false;

  constructor(
    readonly group: Group,
    /** The origin of local writes in this boot (R2). */
    readonly origin: Origin,
    readonly store: Store,
    private readonly clock: HybridClock,
    /**
     * Called after an entry changed, by a local write or by replication, with the clock as it was before; null: nobody asks.
     */
    private readonly onChange: ((entry: Entry, clockBefore: Hlc) => void) | null = null,
  ) {
    this.numbering = new Numbering(origin, store, clock);
    this.droppedHlc = clock.last;
  }

  get vector(): Readonly<VersionVector> {
    return this.store.vector;
  }

  /** A local write (R1). `value` null deletes. `nowMs`: the time, for who knows it. */
  write(key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType, nowMs?: number): Entry {
    return this.writeReserved(this.numbering.reserve(1, nowMs), key, value, expiryMs, type);
  }

  /**
   * As `write`, at a time that the clock has passed: for resolutions, which write at their fence, and for what is written as of an
   * earlier moment. It must be after the version that it overrides.
   */
  writeAt(hlc: Hlc, key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType): Entry {
    return this.writeReserved(this.numbering.reserveAt(hlc), key, value, expiryMs, type);
  }

  /**
   * A local write that changes the expiry of an entry alone, and keeps the version of its value (R13); 0: it has none any more.
   * `at`: as the time of `writeAt`.
   */
  touch(current: Entry, expiryMs: number, at?: Hlc): Entry {
    const reserved = at === undefined ? this.numbering.reserve(1) : this.numbering.reserveAt(at);
    const { origin, firstSeq: seq, firstHlc: hlc } = reserved;
    checkStorable(hlc, seq, expiryMs);
    const entry = touched(current, { hlc, origin, seq }, expiryMs);
    this.store.touch(entry);
    this.numbering.used(1);
    this.onChange?.(entry, hlc - 1);
    return entry;
  }

  /**
   * For writes that are made where the entries lie (see Storage.takesReservations). `used` says how many there were; nothing else
   * is written before.
   */
  reserve(countMax: number, nowMs: number): Reservation {
    return this.numbering.reserve(countMax, nowMs);
  }

  used(count: number): void {
    this.numbering.used(count);
  }

  /** The version that the next local write has. */
  upcoming(): Stamp {
    return { hlc: this.clock.upcoming(), origin: this.origin };
  }

  /** The ranges that a receiver with the vector `has` lacks (R5), in slices of about `bytesMax`. */
  ranges(has: Readonly<VersionVector>, options: RangesOptions): RangesResult {
    const ranges: Range[] = [];
    let bytes = 0;
    let areTouched = false;
    this.packer.known = options.known ?? null;
    const ended = (): RangesResult => ({
      ranges,
      bytes,
      behind: false,
      isTooLarge: false,
      complete: false,
      areTouched,
    });
    for (const [origin, seq] of this.store.vector.seqs) {
      const from = has.get(origin);
      if (from >= seq) continue;
      const upto = Math.min(seq, blockEnd(options.upto?.get(origin) ?? seq));
      if (from >= upto) continue;
      if (from < this.store.floor(origin)) return { ...ended(), behind: true };
      if (bytes >= options.bytesMax) return ended();
      const slice = this.range(origin, from, upto, Math.min(RANGE_BYTES_MAX, options.bytesMax - bytes));
      areTouched ||= this.areTouched;
      if (slice === null) return { ...ended(), behind: true, isTooLarge: true };
      ranges.push(slice);
      bytes += RANGE_OVERHEAD_BYTES + slice.rows.words.byteLength;
      if (slice.upto < upto) return ended();
    }
    return { ...ended(), complete: true };
  }

  /**
   * Whether a write beyond `vector` has a timestamp of at most `hlcMax`. The timestamps of an author grow, so the first of
   * its rows whose entry still stands decides for it; what overrode the others is looked at as its own author's.
   * `isLater`: authors whose writes are known to be later, so that these need no look, however many there are.
   */
  hasUpTo(hlcMax: Hlc, vector: Readonly<VersionVector>, isLater: (author: ReplicaId) => boolean): boolean {
    for (const [origin, seq] of this.store.vector.seqs) {
      if (isLater(replicaOf(origin))) continue;
      const first = this.firstStanding(origin, vector.get(origin), seq);
      if (first !== undefined && first.hlc <= hlcMax) return true;
    }
    return false;
  }

  /**
   * Take in a range from a peer (R5): apply what is greater, log the rows, then move the vector.
   * Returns false, and changes nothing, if the range starts beyond this vector: it would leave a gap. So it would if a touch came without
   * its value, and the value is not here any more: what is sent again then is whole.
   */
  receive(range: Range): boolean {
    const had = this.store.vector.get(range.origin);
    if (range.from > had) return false;
    if (range.upto <= had) return true;
    if (this.store.lacksValuesOf(range)) return false;
    const changed: Entry[] | null = this.onChange === null ? null : [];
    const clockBefore = this.clock.last;
    this.clock.observe(this.store.receive(range, changed));
    for (const entry of changed ?? []) this.onChange?.(entry, clockBefore);
    return true;
  }

  /** Put an entry if it overrides what is here; its timestamp advances the clock in any case (R1). */
  apply(entry: Entry): boolean {
    const clockBefore = this.clock.last;
    this.clock.observe(lastHlcOf(entry));
    if (!this.store.putIfAfter(entry)) return false;
    this.onChange?.(entry, clockBefore);
    return true;
  }

  /** Forget what all members have, and nobody has to know of any more. */
  drop(entry: Entry): void {
    this.onDrop?.(entry);
    this.store.drop(entry.key);
    const end = isPartKey(entry.key) ? endBelow(entry) : 0;
    this.droppedHlc = Math.max(this.droppedHlc, lastHlcOf(entry), end);
  }

  /** `apply` for each of these. */
  applyPacked(entries: PackedEntries): void {
    if (this.onChange === null) {
      this.clock.observe(this.store.takePacked(entries));
      return;
    }
    const unpacker = new EntryUnpacker(entries);
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) this.apply(entry);
  }

  private writeReserved(
    { origin, firstSeq: seq, firstHlc: hlc }: Reservation,
    key: Bytes,
    value: Bytes | null,
    expiryMs: number,
    type?: ValueType,
  ): Entry {
    checkStorable(hlc, seq, expiryMs);
    const plain: Entry = { key, value, hlc, origin, seq, expiryMs: value === null ? 0 : expiryMs };
    const entry = value === null ? plain : typedEntry(plain, type);
    this.store.write(entry);
    this.numbering.used(1);
    this.onChange?.(entry, hlc - 1);
    return entry;
  }

  private firstStanding(origin: Origin, from: number, upto: number): Touch | undefined {
    for (let after = from; after < upto; ) {
      const read = this.store.rows(origin, after, upto, ROWS_PER_READ);
      for (const row of read) {
        const entry = this.store.get(row.key);
        const write = entry === undefined ? undefined : writeAt(entry, origin, row.seq);
        if (write !== undefined) return write;
      }
      if (read.length < ROWS_PER_READ) return undefined;
      after = read[read.length - 1]!.seq;
    }
    return undefined;
  }

  /** null: it would be too large. */
  private range(origin: Origin, from: number, upto: number, bytesMax: number): Range | null {
    const end = this.store.packRange(origin, from, upto, bytesMax, this.packer);
    this.areTouched = this.packer.touchedCount > 0;
    const [piece] = this.packer.take();
    if (end === null) return null;
    const { count, origins, words } = piece!;
    // A message goes with memory that was made for one large value: a copy would touch as much anew.
    if (words.byteLength >= LARGE_BYTES) return { origin, from, upto: end, rows: piece! };
    // A message can wait for long, and mostly is much shorter than the packer's memory, which is used for the next one.
    const rows = { count, origins, words: words.slice() };
    this.packer.recycle(piece!);
    return { origin, from, upto: end, rows };
  }
}

/** Before anything is changed: what a store could not keep would be half there. */
function checkStorable(hlc: Hlc, seq: number, expiryMs: number): void {
  if (hlc <= HLC_LAST && Number.isSafeInteger(seq) && isExpiry(expiryMs)) return;
  throw new InvariantError(`a write that cannot be kept: HLC ${hlc}, number ${seq}, expiry ${expiryMs}`);
}
