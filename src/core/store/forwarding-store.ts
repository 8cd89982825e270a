import type { Bytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { VersionVector } from '../model/vector.js';
import type { Origin } from '../model/version.js';
import type { Range } from '../replication/messages.js';
import type { LogRow } from './change-log.js';
import type { EntryPacker } from './entry-packer.js';
import type { VictimPolicy } from './eviction.js';
import type { Owners } from './owners.js';
import type { Store } from './store.js';
import type { StoreDigest } from './store-digest.js';
import type { StoreReader } from './store-reader.js';
import type { StoreUses } from './store-uses.js';

/** All of a store that stands in front of another one, but for what changes it. */
export abstract class ForwardingStore implements StoreReader, StoreDigest, StoreUses {
  protected abstract readonly inner: Store;

  lacksValuesOf(range: Range): boolean {
    return this.inner.lacksValuesOf(range);
  }

  packRange(origin: Origin, from: number, upto: number, bytesMax: number, packer: EntryPacker): number | null {
    return this.inner.packRange(origin, from, upto, bytesMax, packer);
  }

  get vector(): Readonly<VersionVector> {
    return this.inner.vector;
  }

  get owners(): Owners {
    return this.inner.owners;
  }

  sweepParts(most: number): boolean {
    return this.inner.sweepParts(most);
  }

  foldParts(nowMs: number): boolean {
    return this.inner.foldParts(nowMs);
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

  get byteCount(): number {
    return this.inner.byteCount;
  }

  get stubCount(): number {
    return this.inner.stubCount;
  }

  get evictedKeyCount(): number {
    return this.inner.evictedKeyCount;
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

  victim(policy: VictimPolicy, random: () => number): Bytes | undefined {
    return this.inner.victim(policy, random);
  }

  noteUses(): void {
    this.inner.noteUses();
  }

  used(key: Bytes): void {
    this.inner.used(key);
  }
}
