import {
  BUCKETS,
  type Bytes,
  bucketOf,
  bytesToId,
  compareBytes,
  hashBytes,
  idToBytes,
} from '../../../src/core/model/bytes.js';
import {
  databaseOf,
  type Entry,
  isDeleted,
  isTombstone,
  joined,
  overrides,
  type TouchedEntry,
} from '../../../src/core/model/entry.js';
import type { Hlc } from '../../../src/core/model/hlc.js';
import { isEnded, isPartKey, standsOn, wholeKeyOf } from '../../../src/core/model/parts.js';
import { lastHlcOf, type Origin, type Stamp } from '../../../src/core/model/version.js';
import { Digests } from '../../../src/core/store/digests.js';
import type { EntryPacker } from '../../../src/core/store/entry-packer.js';
import type { VictimPolicy } from '../../../src/core/store/eviction.js';
import { LoggedStore } from '../../../src/core/store/logged-store.js';
import { Owners, type PartSource } from '../../../src/core/store/owners.js';
import type { RowBatch } from '../../../src/core/store/row-batch.js';
import type { Store } from '../../../src/core/store/store.js';
import { VolatileStorage } from '../../../src/core/store/volatile-storage.js';

/** A store on the JavaScript heap: small maps by bucket, so that no single map ever rehashes for long. */
export class MemoryStore extends LoggedStore implements Store, PartSource {
  /** It keeps no marks, so nothing can rest. */
  readonly owners = new Owners(this, Number.POSITIVE_INFINITY);
  protected readonly copiesBytes = false;
  private readonly buckets: (Bucket | undefined)[] = new Array(BUCKETS).fill(undefined);
  private readonly digests = new Digests(BUCKETS);
  private readonly liveCounts = new Array<number>(256).fill(0);
  private readonly endingCounts = new Array<number>(256).fill(0);
  private live = 0;
  private tombstones = 0;
  private bytes = 0;
  private entries = 0;
  stubCount = 0;
  private stubKeys = 0;
  stubBytes = 0;
  private highest: Hlc = 0;

  get evictedKeyCount(): number {
    return this.stubKeys + this.owners.evictedCount;
  }

  get(key: Bytes): Entry | undefined {
    return this.buckets[bucketOf(key)]?.entries.get(bytesToId(key));
  }

  write(entry: Entry): void {
    this.put(entry);
    this.log.append(entry.origin, entry.seq, entry.key);
    this.vector.advance(entry.origin, entry.seq);
  }

  touch(entry: TouchedEntry): void {
    this.put(entry);
    this.log.append(entry.touch.origin, entry.touch.seq, entry.key);
    this.vector.advance(entry.touch.origin, entry.touch.seq);
  }

  put(entry: Entry): void {
    if (!isPartKey(entry.key)) {
      this.set(entry);
      this.owners.wholeChanged(entry.key, entry);
    } else if (!this.isEnded(entry)) {
      const former = this.get(entry.key);
      this.set(entry);
      this.owners.put(entry, hashBytes(entry.key), former, this.owners.ofPart(entry.key));
    }
  }

  private isEnded(part: Entry): boolean {
    return isEnded(standsOn(part), this.get(wholeKeyOf(part.key)));
  }

  hashOf(key: Bytes): number {
    return hashBytes(key);
  }

  partsWith(hash: number, prefix: Bytes): Entry[] {
    const begins = (key: Bytes): boolean => compareBytes(key.subarray(0, prefix.length), prefix) === 0;
    const found = this.allIn(hash & (BUCKETS - 1)).filter(
      (entry) => !isDeleted(entry) && hashBytes(entry.key) === hash >>> 0 && begins(entry.key),
    );
    return found.sort((a, b) => compareBytes(a.key, b.key));
  }

  mark(): void {}

  markPlain(): void {}

  latestOf(): undefined {}

  rest(): boolean {
    return false;
  }

  restingAt(): undefined {}

  restingIn(): never[] {
    return [];
  }

  sweepParts(most: number): boolean {
    return this.owners.sweep(most);
  }

  foldParts(): boolean {
    return false;
  }

  private set(entry: Entry): void {
    const index = bucketOf(entry.key);
    let bucket = this.buckets[index];
    if (bucket === undefined) {
      bucket = { entries: new Map(), tombstones: 0, earliestExpiryMs: Number.POSITIVE_INFINITY };
      this.buckets[index] = bucket;
    }
    const id = bytesToId(entry.key);
    const replaced = bucket.entries.get(id);
    if (replaced !== undefined) this.forget(index, bucket, replaced);
    bucket.entries.set(id, entry);
    this.count(bucket, entry, 1);
    if (!isDeleted(entry)) addTo(this.digests, index, entry);
    this.highest = Math.max(this.highest, lastHlcOf(entry));
    if (entry.expiryMs !== 0 && entry.expiryMs < bucket.earliestExpiryMs) bucket.earliestExpiryMs = entry.expiryMs;
  }

  putIfAfter(entry: Entry): boolean {
    const current = this.get(entry.key);
    if (isPartKey(entry.key) && this.isEnded(entry)) return false;
    if (!overrides(entry, current)) return false;
    this.put(joined(entry, current));
    return true;
  }

  drop(key: Bytes): void {
    const former = this.get(key);
    if (former === undefined) return;
    if (!isPartKey(key)) this.owners.sweepAll(key);
    this.forgetPart(key);
    if (isPartKey(key)) this.owners.dropped(former, hashBytes(key));
    else this.owners.wholeChanged(key, undefined);
  }

  forgetEnded(hash: number, prefix: Bytes, whole: Stamp | undefined): void {
    for (const part of this.partsWith(hash, prefix)) if (isEnded(standsOn(part), whole)) this.forgetPart(part.key);
  }

  forgetPart(key: Bytes): void {
    const index = bucketOf(key);
    const bucket = this.buckets[index];
    const id = bytesToId(key);
    const entry = bucket?.entries.get(id);
    if (bucket === undefined || entry === undefined) return;
    bucket.entries.delete(id);
    this.forget(index, bucket, entry);
  }

  protected take(entry: Entry): boolean {
    return this.putIfAfter(entry);
  }

  protected packRow(batch: RowBatch, i: number, origin: Origin, packer: EntryPacker): void {
    const key = batch.key(i);
    const entry = this.get(key) ?? (isPartKey(key) ? this.get(wholeKeyOf(key)) : undefined) ?? null;
    packer.addRow(origin, batch.seqs[i]!, key, entry);
  }

  protected valueBytes(batch: RowBatch, i: number): number {
    return this.get(batch.key(i))?.value?.length ?? 0;
  }

  bucket(index: number): Entry[] {
    return this.allIn(index).filter((entry) => !isPartKey(entry.key) || !this.owners.isLeftover(entry));
  }

  private allIn(index: number): Entry[] {
    const bucket = this.buckets[index];
    return bucket === undefined ? [] : [...bucket.entries.values()];
  }

  garbage(index: number, nowMs: number): Entry[] {
    return this.bucket(index).filter((entry) => isTombstone(entry, nowMs));
  }

  digest(index: number, nowMs: number): number {
    const bucket = this.buckets[index];
    if (bucket === undefined || bucket.earliestExpiryMs > nowMs) return this.digests.get(index);
    const rest = this.digests.copyOf(index);
    for (const entry of bucket.entries.values()) {
      if (entry.expiryMs !== 0 && entry.expiryMs <= nowMs) removeFrom(rest, 0, entry);
    }
    return rest.get(0);
  }

  endingCount(database: number): number {
    return (this.endingCounts[database] ?? 0) + this.owners.countEndingIn(database);
  }

  countExpired(from: number, upto: number, nowMs: number, expired: number[]): void {
    for (let index = from; index < upto; index++) {
      const bucket = this.buckets[index];
      this.owners.settleIn(index, nowMs);
      if (bucket === undefined || bucket.earliestExpiryMs > nowMs) continue;
      for (const { key, value, expiryMs } of bucket.entries.values()) {
        if (value === null || expiryMs === 0 || expiryMs > nowMs) continue;
        expired[databaseOf(key)] = (expired[databaseOf(key)] ?? 0) + 1;
      }
    }
  }

  liveCount(database?: number): number {
    return database === undefined ? this.live : (this.liveCounts[database] ?? 0) + this.owners.countIn(database);
  }

  get tombstoneCount(): number {
    return this.tombstones;
  }

  get byteCount(): number {
    return this.bytes;
  }

  stubs(index: number): Entry[] {
    return this.bucket(index).filter(({ evicted }) => evicted === true);
  }

  get memoryBytes(): number {
    return this.bytes + this.entries * ENTRY_BYTES;
  }

  /** It keeps no account of uses: the entry written first counts as the one that was not used for longest. */
  victim(policy: VictimPolicy, random: () => number): Bytes | undefined {
    let found: Pick<Entry, 'key' | 'hlc' | 'expiryMs'> | undefined;
    let sampled = 0;
    const first = Math.floor(random() * BUCKETS);
    for (let i = 0; i < BUCKETS && sampled < SAMPLES; i++) {
      const bucket = (first + i) % BUCKETS;
      const withParts = [...this.owners.inBucket(bucket)].filter(({ hasValues }) => hasValues);
      for (const entry of [
        ...this.allIn(bucket).filter(({ key, value }) => value !== null && !isPartKey(key)),
        ...withParts.map(({ key, changes, expiry }) => ({ key, hlc: changes, expiryMs: expiry?.expiryMs ?? 0 })),
      ]) {
        if (policy === 'volatile-ttl' && entry.expiryMs === 0) continue;
        sampled++;
        if (found === undefined || ranks(entry, policy) < ranks(found, policy)) found = entry;
      }
    }
    return found?.key;
  }

  noteUses(): void {}

  used(): void {}

  /** The greatest timestamp ever stored in an entry here, also of entries that are gone. */
  get highestHlc(): Hlc {
    return this.highest;
  }

  private forget(index: number, bucket: Bucket, entry: Entry): void {
    this.count(bucket, entry, -1);
    if (!isDeleted(entry)) removeFrom(this.digests, index, entry);
  }

  private count(bucket: Bucket, entry: Entry, by: 1 | -1): void {
    this.bytes += by * (entry.key.length + (entry.value?.length ?? 0));
    this.entries += by;
    if (entry.evicted === true) {
      this.stubCount += by;
      if (!isPartKey(entry.key)) this.stubKeys += by;
      this.stubBytes += by * (entry.key.length + ENTRY_BYTES);
    } else if (entry.value === null) {
      bucket.tombstones += by;
      this.tombstones += by;
    } else {
      this.live += by;
      const database = databaseOf(entry.key);
      this.liveCounts[database] = this.liveCounts[database]! + by;
      if (entry.expiryMs !== 0) this.endingCounts[database] = this.endingCounts[database]! + by;
    }
  }
}

/** About what an entry takes beside its key and value. */
const ENTRY_BYTES = 64;
const SAMPLES = 5;

function ranks({ hlc, expiryMs }: Pick<Entry, 'hlc' | 'expiryMs'>, policy: VictimPolicy): number {
  return policy === 'volatile-ttl' ? expiryMs : hlc;
}

interface Bucket {
  readonly entries: Map<string, Entry>;
  tombstones: number;
  /** A lower bound of the expiries in this bucket. */
  earliestExpiryMs: number;
}

function addTo(digests: Digests, index: number, { key, origin, seq, hlc, touch }: Entry): void {
  digests.add(index, hashBytes(key), hashBytes(idToBytes(origin)), seq, hlc);
  if (touch !== undefined)
    digests.addTouch(index, hashBytes(key), hashBytes(idToBytes(touch.origin)), touch.seq, touch.hlc);
}

function removeFrom(digests: Digests, index: number, { key, origin, seq, hlc, touch }: Entry): void {
  digests.remove(index, hashBytes(key), hashBytes(idToBytes(origin)), seq, hlc);
  if (touch !== undefined)
    digests.removeTouch(index, hashBytes(key), hashBytes(idToBytes(touch.origin)), touch.seq, touch.hlc);
}

export class MemoryStorage extends VolatileStorage<MemoryStore> {
  constructor() {
    super(() => new MemoryStore());
  }
}
