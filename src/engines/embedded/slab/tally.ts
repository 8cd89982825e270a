import { BUCKETS } from '../../../core/model/bytes.js';
import { CLIENT_DATABASES } from '../../../core/model/entry.js';

/** What can be said of a store without looking at its records: counts, and where there may be garbage. */
export class Tally {
  live = 0;
  tombstones = 0;
  stubs = 0;
  /** Those of them that are no parts. */
  stubKeys = 0;
  /** What the records of stubs take. */
  stubBytes = 0;
  /** Entries with a value and an expiry. */
  ending = 0;
  /** Of keys and values. */
  bytes = 0;
  private readonly endingIn = new Float64Array(DATABASES);
  private readonly liveOf = new Float64Array(DATABASES);
  private readonly tombstonesOf = new Int32Array(BUCKETS);
  private readonly endingOf = new Int32Array(BUCKETS);
  /** Lower bounds of the expiries in each bucket. */
  private readonly earliestMs = new Float64Array(BUCKETS).fill(Number.POSITIVE_INFINITY);

  add(bucket: number, database: number, bytes: number, isTombstone: boolean): void {
    this.count(1, bucket, database, bytes, isTombstone);
  }

  remove(bucket: number, database: number, bytes: number, isTombstone: boolean): void {
    this.count(-1, bucket, database, bytes, isTombstone);
  }

  /** As add and remove, for a stub: `bytes` of its key, `recordBytes` in all. */
  countStub(by: 1 | -1, database: number, bytes: number, recordBytes: number): void {
    this.bytes += by * bytes;
    this.stubs += by;
    if (database < CLIENT_DATABASES) this.stubKeys += by;
    this.stubBytes += by * recordBytes;
  }

  /** An entry with a value and an expiry came or went. */
  countEnding(by: 1 | -1, bucket: number, database: number): void {
    this.ending += by;
    this.endingIn[database] = this.endingIn[database]! + by;
    this.endingOf[bucket] = this.endingOf[bucket]! + by;
  }

  hasEnding(bucket: number): boolean {
    return this.endingOf[bucket]! > 0;
  }

  endingOfDatabase(database: number): number {
    return this.endingIn[database] ?? 0;
  }

  liveIn(database: number): number {
    return this.liveOf[database] ?? 0;
  }

  hasTombstones(bucket: number): boolean {
    return this.tombstonesOf[bucket]! > 0;
  }

  /** No entry of the bucket expires before this. */
  earliestExpiryMs(bucket: number): number {
    return this.earliestMs[bucket]!;
  }

  /** An entry with this expiry is in the bucket. */
  expires(bucket: number, expiryMs: number): void {
    if (expiryMs < this.earliestMs[bucket]!) this.earliestMs[bucket] = expiryMs;
  }

  /** The bound was only lowered so far; the bucket was looked through, and this is right. */
  raiseEarliestExpiry(bucket: number, expiryMs: number): void {
    this.earliestMs[bucket] = expiryMs;
  }

  private count(by: 1 | -1, bucket: number, database: number, bytes: number, isTombstone: boolean): void {
    this.bytes += by * bytes;
    if (isTombstone) {
      this.tombstones += by;
      this.tombstonesOf[bucket] = this.tombstonesOf[bucket]! + by;
    } else {
      this.live += by;
      this.liveOf[database] = this.liveOf[database]! + by;
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** As many as a key's first byte can say. */
const DATABASES = 256;
