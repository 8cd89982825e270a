import type { Bytes } from '../model/bytes.js';
import { type Entry, joined, overrides, type TouchedEntry } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { VersionVector } from '../model/vector.js';
import { lastHlcOf, type Origin } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import type { LogRow } from './change-log.js';
import type { EntryPacker } from './entry-packer.js';
import { EntryUnpacker } from './entry-unpacker.js';
import type { VictimPolicy } from './eviction.js';
import type { PackedEntries } from './packed-entries.js';
import { RowBatch } from './row-batch.js';
import type { Store } from './store.js';

/** The reads of a store that stands in front of another one and does something of its own when something changes. */
export abstract class FrontStore {
  protected abstract readonly inner: Store;

  /** A front store may keep what passes. */
  readonly copiesBytes = false;

  abstract write(entry: Entry): void;
  abstract touch(entry: TouchedEntry): void;
  abstract put(entry: Entry): void;

  putIfAfter(entry: Entry): boolean {
    const current = this.inner.get(entry.key);
    if (!overrides(entry, current)) return false;
    this.put(joined(entry, current));
    return true;
  }

  takePacked(entries: PackedEntries): Hlc {
    const unpacker = new EntryUnpacker(entries);
    let greatest = 0;
    for (let entry = unpacker.next(); entry !== null; entry = unpacker.next()) {
      greatest = Math.max(greatest, lastHlcOf(entry));
      this.putIfAfter(entry);
    }
    return greatest;
  }

  /**
   * Calls `tell` with each key whose entry a range would replace, as the store is now, and with that entry. A key is good until
   * `tell` returns.
   */
  protected eachChange({ origin, rows }: Range, tell: (key: Bytes, current: Entry | undefined) => void): void {
    const after = this.inner.vector.get(origin);
    const batch = new RowBatch();
    const unpacker = new EntryUnpacker(rows, true);
    while (unpacker.read(after, batch)) {
      for (let i = 0; i < batch.count; i++) {
        const entry = unpacker.rowEntry(batch.places[i]!);
        const current = entry === null ? undefined : this.inner.get(entry.key);
        if (entry !== null && overrides(entry, current)) tell(entry.key, current);
      }
    }
  }

  lacksValuesOf(range: Range): boolean {
    return this.inner.lacksValuesOf(range);
  }

  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null {
    return this.inner.packRange(origin, from, upto, bytesMax, packer);
  }

  get vector(): Readonly<VersionVector> {
    return this.inner.vector;
  }

  get(key: Bytes): Entry | undefined {
    return this.inner.get(key);
  }

  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.inner.rows(origin, after, upto, limit);
  }

  floor(origin: Origin): number {
    return this.inner.floor(origin);
  }

  bucket(index: number): Entry[] {
    return this.inner.bucket(index);
  }

  pack(index: number, packer: EntryPacker): void {
    this.inner.pack(index, packer);
  }

  bucketHasGarbage(index: number, nowMs: number): boolean {
    return this.inner.bucketHasGarbage(index, nowMs);
  }

  garbage(index: number, nowMs: number): Entry[] {
    return this.inner.garbage(index, nowMs);
  }

  digest(index: number, nowMs: number): number {
    return this.inner.digest(index, nowMs);
  }

  endingCount(database: number): number {
    return this.inner.endingCount(database);
  }

  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void {
    this.inner.countExpired(from, upto, nowMs, expired);
  }

  liveCount(database?: number): number {
    return this.inner.liveCount(database);
  }

  get tombstoneCount(): number {
    return this.inner.tombstoneCount;
  }

  get logRowCount(): number {
    return this.inner.logRowCount;
  }

  logRowCountOf(origin: Origin): number {
    return this.inner.logRowCountOf(origin);
  }

  get byteCount(): number {
    return this.inner.byteCount;
  }

  get stubCount(): number {
    return this.inner.stubCount;
  }

  get stubBytes(): number {
    return this.inner.stubBytes;
  }

  stubs(index: number): Entry[] {
    return this.inner.stubs(index);
  }

  get memoryBytes(): number {
    return this.inner.memoryBytes;
  }

  victim(policy: VictimPolicy, random: () => number): Entry | undefined {
    return this.inner.victim(policy, random);
  }

  noteUses(): void {
    this.inner.noteUses();
  }

  used(key: Bytes): void {
    this.inner.used(key);
  }
}
