import type { Bytes } from '../../core/bytes.js';
import type { LogRow } from '../../core/change-log.js';
import type { Entry } from '../../core/entry.js';
import type { Hlc } from '../../core/hlc.js';
import type { Group, Storage, Store } from '../../core/store.js';
import type { VectorData, VersionVector } from '../../core/vector.js';
import { isAfter, type Origin, type ReplicaId } from '../../core/version.js';

/** Called before an entry of the data group is replaced or forgotten; the store still has what was. */
export type BeforeChange = (key: Bytes, then: 'entry' | 'nothing') => void;

/** A storage whose data group tells of every change before it is made, wherever it comes from. */
export class WatchedStorage implements Storage {
  private readonly data: WatchedStore;

  constructor(
    private readonly inner: Storage,
    before: BeforeChange,
  ) {
    this.data = new WatchedStore(inner.store('data'), before);
  }

  store(group: Group): Store {
    return group === 'data' ? this.data : this.inner.store(group);
  }

  getMeta(name: string): unknown {
    return this.inner.getMeta(name);
  }

  setMeta(name: string, value: unknown): void {
    this.inner.setMeta(name, value);
  }

  metaNames(prefix: string): string[] {
    return this.inner.metaNames(prefix);
  }

  get clock(): Hlc {
    return this.inner.clock;
  }

  observeClock(hlc: Hlc): void {
    this.inner.observeClock(hlc);
  }

  get position(): number {
    return this.inner.position;
  }
}

class WatchedStore implements Store {
  constructor(
    private readonly inner: Store,
    private readonly before: BeforeChange,
  ) {}

  write(entry: Entry): void {
    this.before(entry.key, 'entry');
    this.inner.write(entry);
  }

  put(entry: Entry): void {
    this.before(entry.key, 'entry');
    this.inner.put(entry);
  }

  putIfAfter(entry: Entry): boolean {
    const current = this.inner.get(entry.key);
    if (current !== undefined && !isAfter(entry, current)) return false;
    this.put(entry);
    return true;
  }

  drop(key: Bytes): void {
    this.before(key, 'nothing');
    this.inner.drop(key);
  }

  get vector(): Readonly<VersionVector> {
    return this.inner.vector;
  }

  get(key: Bytes): Entry | undefined {
    return this.inner.get(key);
  }

  append(origin: Origin, seq: number, key: Bytes): void {
    this.inner.append(origin, seq, key);
  }

  advance(origin: Origin, seq: number): void {
    this.inner.advance(origin, seq);
  }

  rows(origin: Origin, after: number, upto: number, limit: number): LogRow[] {
    return this.inner.rows(origin, after, upto, limit);
  }

  floor(origin: Origin): number {
    return this.inner.floor(origin);
  }

  trim(origin: Origin, upto: number): void {
    this.inner.trim(origin, upto);
  }

  adopt(vector: VectorData): void {
    this.inner.adopt(vector);
  }

  retire(replica: ReplicaId, boot: number): void {
    this.inner.retire(replica, boot);
  }

  bucket(index: number): Entry[] {
    return this.inner.bucket(index);
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
}
