import { BUCKETS, type Bytes, bucketOf, bytesToId } from '../core/model/bytes.js';
import { clientKeyOf, databaseOf, type Entry, fullKey, isDeleted, isLive, writeAt } from '../core/model/entry.js';
import { expiryFrom, isEnded, isPartKey, PART, partKindOf, standsOn, wholeKeyOf } from '../core/model/parts.js';
import type { Origin } from '../core/model/version.js';
import type { NodeCore } from '../core/node.js';
import type { Owner } from '../core/store/owner.js';
import type { KeyEvent, KeyFollower } from '../fronts/resp/keyspace.js';

/** Rows of the change log that are read at a time. */
const ROWS = 256;
/** Buckets asked at a time whether anything in them has expired. */
const BUCKETS_AT_ONCE = 64;
/** How often what has expired is looked for, and how long that may take at a time. */
const LOOK_EVERY_MS = 100;
const LOOK_MS = 2;

const WRITTEN: readonly KeyEvent[] = ['set', 'del', 'expire', 'persist'];

/**
 * What happens to the keys of a node without a command of its port, for one who follows that: what others wrote, read off the change log,
 * and what expired or was evicted here. Whether an entry that has expired can be collected yet does not matter: each is told once, since
 * of every bucket is known up to when it was looked at. Costs nothing while nobody follows.
 */
export class FollowedKeys {
  private follower: KeyFollower | null = null;
  /** By origin: what others wrote up to there was told. */
  private seen = new Map<Origin, number>();
  /** By bucket: what had expired by then was told. */
  private readonly lookedMs = new Float64Array(BUCKETS);
  private nextBucket = 0;
  private nextLookMs = 0;

  constructor(private readonly coreOf: () => NodeCore) {}

  /** null: nobody follows any more. Nothing is told of what was before. */
  follow(follower: KeyFollower | null): void {
    const core = this.coreOf();
    this.follower = follower;
    core.eviction.onEvicted =
      follower?.wants('evicted') === true ? (key) => follower.tell('evicted', databaseOf(key), clientKeyOf(key)) : null;
    core.onDrop = follower?.wants('expired') === true ? (entry) => this.dropping(entry) : null;
    this.seen = new Map(core.status.data.vector.seqs);
    this.lookedMs.fill(core.nowMs);
  }

  /** Data may have changed, or time has passed. */
  dataChanged(): void {
    if (this.follower === null) return;
    this.tellWritten();
    const nowMs = performance.now();
    if (nowMs < this.nextLookMs) return;
    this.nextLookMs = nowMs + LOOK_EVERY_MS;
    this.tellExpired(nowMs + LOOK_MS);
  }

  settle(database: number, key: Bytes): void {
    const { follower } = this;
    if (follower === null) return;
    const { nowMs, status } = this.coreOf();
    const { origin, store, vector } = status.data;
    if ((this.seen.get(origin) ?? 0) < vector.get(origin)) this.tellWritten();
    if (!follower.wants('expired')) return;
    const full = fullKey(database, key);
    const bucket = bucketOf(full);
    const entry = store.get(full);
    const sinceMs = this.lookedMs[bucket]!;
    const hasExpired = entry !== undefined && !isLive(entry, nowMs) && entry.expiryMs > sinceMs;
    const owner = store.owners.get(full);
    if (!hasExpired && (owner === undefined || !expiredIn(owner, sinceMs, nowMs))) return;
    // The others of its bucket are told along with it, so that it is known of all of them up to when.
    this.look(bucket);
  }

  /** The port knows of all that this node has written so far. */
  told(): void {
    if (this.follower === null) return;
    const { origin, vector } = this.coreOf().status.data;
    this.seen.set(origin, vector.get(origin));
  }

  // ---

  private tellWritten(): void {
    const { store, vector } = this.coreOf().status.data;
    const gone = new Set<string>();
    for (const [origin, upto] of vector.seqs) {
      const from = this.seen.get(origin) ?? 0;
      if (from >= upto) continue;
      this.seen.set(origin, upto);
      if (!WRITTEN.some((event) => this.follower?.wants(event))) continue;
      for (let after = from; after < upto; ) {
        const rows = store.rows(origin, after, upto, ROWS);
        for (const { key, seq } of rows) this.tellRow(store.get(key), origin, seq, gone);
        after = rows.length < ROWS ? upto : rows[rows.length - 1]!.seq;
      }
    }
  }

  private tellRow(entry: Entry | undefined, origin: Origin, seq: number, gone: Set<string>): void {
    if (entry === undefined || entry.evicted === true) return;
    const write = writeAt(entry, origin, seq);
    // A later write has taken its place, and is told in its turn.
    if (write === undefined) return;
    if (isPartKey(entry.key)) this.tellPart(entry, gone);
    else if (isDeleted(entry)) this.tell('del', entry.key);
    else if (write === entry.touch) this.tell(entry.expiryMs === 0 ? 'persist' : 'expire', entry.key);
    else {
      this.tell('set', entry.key);
      if (entry.expiryMs !== 0) this.tell('expire', entry.key);
    }
  }

  /**
   * Of a key with parts it is told that something was written, or that it is there no more. `gone`: the keys of which the latter was told just
   * now, each of which may have lost many parts at once.
   */
  private tellPart(part: Entry, gone: Set<string>): void {
    const { collections, status } = this.coreOf();
    const key = wholeKeyOf(part.key);
    // Whoever wrote or deleted the key as a whole has ended the part, and that is told in its turn.
    if (isEnded(standsOn(part), status.data.store.get(key))) return;
    const isThere = collections.shapeOf(key) !== undefined || collections.hasEvicted(key);
    if (partKindOf(part.key) === PART.expiry) {
      if (part.value !== null && expiryFrom(part.value).expiryMs !== 0) this.tell('expire', key);
      // With its last part a key loses its expiry too.
      else if (isThere) this.tell('persist', key);
    } else if (part.value !== null || isThere) this.tell('set', key);
    else if (!gone.has(bytesToId(key))) {
      gone.add(bytesToId(key));
      this.tell('del', key);
    }
  }

  /** From where it stopped, all buckets once at the most, until `endMs`. */
  private tellExpired(endMs: number): void {
    if (this.follower?.wants('expired') !== true) return;
    const { store } = this.coreOf().status.data;
    for (let looked = 0; looked < BUCKETS && performance.now() < endMs; looked += BUCKETS_AT_ONCE) {
      const from = this.nextBucket;
      this.nextBucket = (from + BUCKETS_AT_ONCE) % BUCKETS;
      const expired: number[] = [];
      store.countExpired(from, from + BUCKETS_AT_ONCE, this.coreOf().nowMs, expired);
      if (expired.length === 0 && store.owners.size === 0) continue;
      for (let bucket = from; bucket < from + BUCKETS_AT_ONCE; bucket++) {
        if (expired.length > 0 || this.expiredInParts(bucket).length > 0) this.look(bucket);
      }
    }
  }

  private look(bucket: number): void {
    const { nowMs, status } = this.coreOf();
    const sinceMs = this.lookedMs[bucket]!;
    if (sinceMs >= nowMs) return;
    for (const { key } of this.expiredInParts(bucket)) this.tell('expired', key);
    this.lookedMs[bucket] = nowMs;
    for (const entry of status.data.store.garbage(bucket, nowMs)) {
      if (entry.value !== null && entry.expiryMs > sinceMs) this.tell('expired', entry.key);
    }
  }

  /** The keys with parts, of those in a bucket, that have expired since it was looked at. */
  private expiredInParts(bucket: number): Owner[] {
    const { nowMs, status } = this.coreOf();
    const sinceMs = this.lookedMs[bucket]!;
    return status.data.store.owners.endingIn(bucket, nowMs).filter((owner) => expiredIn(owner, sinceMs, nowMs));
  }

  /** It can be collected before it was looked for. */
  private dropping({ key, value, expiryMs }: Entry): void {
    if (value === null || expiryMs <= this.lookedMs[bucketOf(key)]! || expiryMs > this.coreOf().nowMs) return;
    this.tell('expired', key);
  }

  private tell(event: KeyEvent, key: Bytes): void {
    if (this.follower?.wants(event) === true) this.follower.tell(event, databaseOf(key), clientKeyOf(key));
  }
}

// ---

/** Whether a key with parts here has expired since then, if it has no value of its own. */
function expiredIn(owner: Owner, sinceMs: number, nowMs: number): boolean {
  const expiryMs = owner.expiry?.expiryMs ?? 0;
  return expiryMs > sinceMs && expiryMs <= nowMs && owner.hasValues && !owner.hasValue(nowMs);
}
