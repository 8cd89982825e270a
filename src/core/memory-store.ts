import { BUCKETS, type Bytes, bucketOf, bytesToId } from './bytes.js';
import { ChangeLog, type LogRow } from './change-log.js';
import { databaseOf, type Entry } from './entry.js';
import type { Hlc } from './hlc.js';
import { GROUPS, type Group, type Storage, type Store } from './store.js';
import { type VectorData, VersionVector } from './vector.js';
import { bootOf, type Origin, type ReplicaId, replicaOf } from './version.js';

/** A store on the JavaScript heap: small maps by bucket, so that no single map ever rehashes for long. */
export class MemoryStore implements Store {
  readonly vector = new VersionVector();
  private readonly log = new ChangeLog();
  private readonly buckets: (Bucket | undefined)[] = new Array(BUCKETS).fill(undefined);
  private readonly liveCounts = new Array<number>(256).fill(0);
  private live = 0;
  private tombstones = 0;
  private bytes = 0;
  private highest: Hlc = 0;

  get(key: Bytes): Entry | undefined {
    return this.buckets[bucketOf(key)]?.entries.get(bytesToId(key));
  }

  write(entry: Entry): void {
    this.put(entry);
    this.log.append(entry.origin, entry.seq, entry.key);
    this.vector.advance(entry.origin, entry.seq);
  }

  put(entry: Entry): void {
    const index = bucketOf(entry.key);
    let bucket = this.buckets[index];
    if (bucket === undefined) {
      bucket = { entries: new Map(), tombstones: 0, earliestExpiryMs: Number.POSITIVE_INFINITY };
      this.buckets[index] = bucket;
    }
    const id = bytesToId(entry.key);
    const replaced = bucket.entries.get(id);
    if (replaced !== undefined) this.count(bucket, replaced, -1);
    bucket.entries.set(id, entry);
    this.count(bucket, entry, 1);
    if (entry.hlc > this.highest) this.highest = entry.hlc;
    if (entry.expiryMs !== 0 && entry.expiryMs < bucket.earliestExpiryMs) bucket.earliestExpiryMs = entry.expiryMs;
  }

  drop(key: Bytes): void {
    const bucket = this.buckets[bucketOf(key)];
    const id = bytesToId(key);
    const entry = bucket?.entries.get(id);
    if (bucket === undefined || entry === undefined) return;
    bucket.entries.delete(id);
    this.count(bucket, entry, -1);
  }

  append(origin: Origin, seq: number, key: Bytes): void {
    this.log.append(origin, seq, key);
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

  retire(replica: ReplicaId, boot: number): void {
    this.vector.retire(replica, boot);
    for (const origin of this.log.list()) {
      if (replicaOf(origin) === replica && bootOf(origin) < boot) this.log.remove(origin);
    }
  }

  bucket(index: number): Entry[] {
    const bucket = this.buckets[index];
    return bucket === undefined ? [] : [...bucket.entries.values()];
  }

  bucketHasGarbage(index: number, nowMs: number): boolean {
    const bucket = this.buckets[index];
    if (bucket === undefined) return false;
    if (bucket.tombstones > 0) return true;
    if (bucket.earliestExpiryMs > nowMs) return false;
    // The bound is only lowered by puts; raise it here to what is really there.
    let earliest = Number.POSITIVE_INFINITY;
    for (const entry of bucket.entries.values()) {
      if (entry.expiryMs !== 0 && entry.expiryMs < earliest) earliest = entry.expiryMs;
    }
    bucket.earliestExpiryMs = earliest;
    return earliest <= nowMs;
  }

  liveCount(database?: number): number {
    return database === undefined ? this.live : (this.liveCounts[database] ?? 0);
  }

  get tombstoneCount(): number {
    return this.tombstones;
  }

  get logRowCount(): number {
    return this.log.length;
  }

  logRowCountOf(origin: Origin): number {
    return this.log.lengthOf(origin);
  }

  get byteCount(): number {
    return this.bytes;
  }

  /** The greatest timestamp ever stored in an entry here, also of entries that are gone. */
  get highestHlc(): Hlc {
    return this.highest;
  }

  /** For engines that write the log into a snapshot of their own. */
  get changeLog(): ChangeLog {
    return this.log;
  }

  private count(bucket: Bucket, entry: Entry, by: 1 | -1): void {
    this.bytes += by * (entry.key.length + (entry.value?.length ?? 0));
    if (entry.value === null) {
      bucket.tombstones += by;
      this.tombstones += by;
    } else {
      this.live += by;
      const database = databaseOf(entry.key);
      this.liveCounts[database] = this.liveCounts[database]! + by;
    }
  }
}

interface Bucket {
  readonly entries: Map<string, Entry>;
  tombstones: number;
  /** A lower bound of the expiries in this bucket. */
  earliestExpiryMs: number;
}

/** Storage without a disk: for memory-only nodes. Its position counts changes; nothing of it survives. */
export class MemoryStorage implements Storage {
  private readonly stores: Record<Group, MemoryStore>;
  private readonly meta = new Map<string, unknown>();
  private highest: Hlc = 0;

  constructor() {
    this.stores = Object.fromEntries(GROUPS.map((group) => [group, new MemoryStore()])) as Record<Group, MemoryStore>;
  }

  store(group: Group): MemoryStore {
    return this.stores[group];
  }

  getMeta(name: string): unknown {
    return this.meta.get(name);
  }

  setMeta(name: string, value: unknown): void {
    if (value === undefined) this.meta.delete(name);
    else this.meta.set(name, value);
  }

  get clock(): Hlc {
    return Math.max(this.highest, this.stores.system.highestHlc, this.stores.data.highestHlc);
  }

  observeClock(hlc: Hlc): void {
    if (hlc > this.highest) this.highest = hlc;
  }

  /** Nothing is ever durable, and nothing waits for it. */
  get position(): number {
    return 0;
  }
}
