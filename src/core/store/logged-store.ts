import { type Bytes, hashBytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import { RANGE_BYTES_MAX } from '../model/limits.js';
import { type VectorData, VersionVector } from '../model/vector.js';
import { bootOf, isAfter, lastHlcOf, type Origin, type ReplicaId, replicaOf } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import { blockEnd, ChangeLog, firstOfBlock, type LogRow } from './change-log.js';
import type { EntryPacker } from './entry-packer.js';
import { EntryUnpacker } from './entry-unpacker.js';
import { hasKept, type PackedEntries } from './packed-entries.js';
import { RowBatch } from './row-batch.js';

/** What became of the rows of a batch: of each whether anything is left to do (0), and the greatest timestamp of the others. */
export interface AtOnce {
  readonly outcomes: Int32Array;
  readonly greatest: Hlc;
}

/** The half of a store that is the same wherever the entries are kept: its vector, its change log, and ranges. */
export abstract class LoggedStore {
  readonly vector = new VersionVector();
  protected readonly log = new ChangeLog();

  private readonly batch = new RowBatch();

  /** Whether keys and values passed in are copied, so that the caller may use their memory again. */
  protected abstract readonly copiesBytes: boolean;
  abstract get(key: Bytes): Entry | undefined;
  abstract bucket(index: number): Entry[];
  /** As `putIfAfter`, with the hash of the key, as {@link expect} made it. */
  protected abstract take(entry: Entry, hash: number): boolean;
  /** Pack the entry of a row, by its index in a batch that was expected, for a range of `origin`. */
  protected abstract packRow(batch: RowBatch, i: number, origin: Origin, packer: EntryPacker): void;
  /** Bytes of the value of a row, likewise; 0: it has none. */
  protected abstract valueBytes(batch: RowBatch, i: number): number;

  /** Calls for the rows of the batch follow: make the hashes of their keys. */
  protected expect(batch: RowBatch): void {
    batch.hash();
  }

  /** Take the entries of a batch's rows that can be taken at once; null: none. */
  protected takeAtOnce(_batch: RowBatch, _rows: PackedEntries): AtOnce | null {
    return null;
  }

  /** As `packRow` for those rows from `start` to before `end` that can be packed at once. Returns how many. */
  protected packAtOnce(_batch: RowBatch, _start: number, _end: number, _origin: Origin, _packer: EntryPacker): number {
    return 0;
  }

  receive({ origin, upto, rows }: Range, changed: Entry[] | null): Hlc {
    const { batch } = this;
    const unpacker = new EntryUnpacker(rows, changed === null && this.copiesBytes);
    const had = this.vector.get(origin);
    let greatest = 0;
    while (unpacker.read(had, batch)) {
      greatest = Math.max(greatest, this.takeBatch(unpacker, rows, changed));
      for (let i = 0; i < batch.count; i++) {
        this.log.append(origin, batch.seqs[i]!, batch.keys, batch.hashes[i]!, batch.starts[i]!, batch.ends[i]!);
      }
    }
    this.advance(origin, upto);
    return greatest;
  }

  lacksValuesOf({ origin, rows }: Range): boolean {
    if (!hasKept(rows)) return false;
    const { batch } = this;
    const unpacker = new EntryUnpacker(rows, true);
    while (unpacker.read(this.vector.get(origin), batch)) {
      for (let i = 0; i < batch.count; i++) {
        if (!unpacker.isKept(batch.places[i]!)) continue;
        const { key, hlc, origin: author } = unpacker.rowEntry(batch.places[i]!)!;
        const current = this.get(key);
        if (current === undefined || isAfter({ hlc, origin: author }, current)) return true;
      }
    }
    return false;
  }

  takePacked(entries: PackedEntries): Hlc {
    const unpacker = new EntryUnpacker(entries, this.copiesBytes);
    let greatest = 0;
    while (unpacker.read(0, this.batch)) greatest = Math.max(greatest, this.takeBatch(unpacker, entries, null));
    return greatest;
  }

  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null {
    const { batch } = this;
    let last = from;
    let measured = 0;
    // Of the block that `last` is in, beyond `from`.
    let hasHole = false;
    while (this.log.read(origin, last, upto, batch)) {
      this.expect(batch);
      for (let i = 0, next = 0; i < batch.count; i++) {
        const seq = batch.seqs[i]!;
        if (packer.byteCount >= bytesMax && last > from) {
          if (seq > blockEnd(last)) return blockEnd(last);
          if (packer.byteCount >= CUT_AT * bytesMax && !hasHole) return last;
        }
        hasHole = seq > blockEnd(last) ? seq !== firstOfBlock(seq) : hasHole || seq !== last + 1;
        if (packer.byteCount >= LARGE_BYTES && blockEnd(seq) > measured) {
          // Before all the work for what may turn out to be too much.
          measured = blockEnd(seq);
          if (packer.byteCount + this.valueBytesOf(origin, last, measured) > RANGE_BYTES_MAX) return null;
        }
        if (i >= next) {
          const done = this.packAtOnce(batch, i, endOfBlock(batch, i), origin, packer);
          // What is left is likely to be of a kind.
          next = i + (done > 0 ? done : ROWS_APART);
          if (done > 0) {
            hasHole ||= batch.seqs[next - 1]! - seq !== done - 1;
            i = next - 1;
            last = batch.seqs[i]!;
            continue;
          }
        }
        this.packRow(batch, i, origin, packer);
        last = seq;
      }
    }
    return upto;
  }

  append(origin: Origin, seq: number, key: Bytes): void {
    this.log.append(origin, seq, key, hashBytes(key));
  }

  pack(index: number, packer: EntryPacker): void {
    for (const entry of this.bucket(index)) packer.add(entry);
  }

  advance(origin: Origin, seq: number): void {
    this.vector.advance(origin, seq);
  }

  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.log.rows(origin, after, upto, limit);
  }

  floor(origin: Origin): number {
    return this.log.floor(origin);
  }

  trim(origin: Origin, upto: number): void {
    this.log.trim(origin, upto);
  }

  adopt(data: VectorData): void {
    const vector = VersionVector.from(data);
    for (const [origin, seq] of vector.seqs) if (!this.vector.covers(origin, seq)) this.log.trim(origin, seq);
    for (const [replica, boot] of vector.floors) this.retire(replica, boot);
    this.vector.merge(vector);
  }

  disclaim(): void {
    for (const origin of this.log.list()) this.log.remove(origin);
    this.vector.clear();
  }

  retire(replica: ReplicaId, boot: number): void {
    this.vector.retire(replica, boot);
    for (const origin of this.log.list()) {
      if (replicaOf(origin) === replica && bootOf(origin) < boot) this.log.remove(origin);
    }
  }

  get logRowCount(): number {
    return this.log.length;
  }

  /** For engines that write the log into a snapshot of their own. */
  get changeLog(): ChangeLog {
    return this.log;
  }

  /** Takes the entries of the batch. Returns the greatest of their timestamps. */
  private takeBatch(unpacker: EntryUnpacker, packed: PackedEntries, changed: Entry[] | null): Hlc {
    const { batch } = this;
    this.expect(batch);
    const atOnce = changed === null ? this.takeAtOnce(batch, packed) : null;
    let greatest = atOnce?.greatest ?? 0;
    for (let i = 0; i < batch.count; i++) {
      if (atOnce !== null && atOnce.outcomes[i] !== 0) continue;
      const entry = unpacker.rowEntry(batch.places[i]!);
      if (entry === null) continue;
      greatest = Math.max(greatest, lastHlcOf(entry));
      if (this.take(entry, batch.hashes[i]!)) changed?.push(entry);
    }
    return greatest;
  }

  /** The bytes of the values of the rows with `after < seq <= upto`. */
  private valueBytesOf(origin: Origin, after: number, upto: number): number {
    const batch = new RowBatch();
    let bytes = 0;
    for (let last = after; this.log.read(origin, last, upto, batch); last = batch.seqs[batch.count - 1]!) {
      this.expect(batch);
      for (let i = 0; i < batch.count; i++) bytes += this.valueBytes(batch, i);
    }
    return bytes;
  }
}

// ---

/** How many rows are packed one by one before packing several at once is tried again. */
const ROWS_APART = 8;
/** By how much a range exceeds what it should hold before it ends inside a block: values are large there. */
const CUT_AT = 4;
/** A range of this size is likely to hold large values. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** The first row after `i` that is in another block. */
function endOfBlock({ seqs, count }: RowBatch, i: number): number {
  const last = blockEnd(seqs[i]!);
  let end = i + 1;
  while (end < count && seqs[end]! <= last) end++;
  return end;
}
