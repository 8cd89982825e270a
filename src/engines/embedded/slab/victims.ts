import { BUCKETS, type Bytes } from '../../../core/model/bytes.js';
import { isPartKey } from '../../../core/model/parts.js';
import type { Owners } from '../../../core/store/owners.js';
import type { IndexShard } from './index-shard.js';
import { expiryAt, hasValueAt, isBareMarkAt, isMarkedAt, keyLengthAt, keyStart } from './record.js';
import type { Records } from './records.js';
import type { Slab } from './slab.js';
import type { UseClock } from './use-clock.js';

/** Chooses the keys to be evicted, each with all of its parts. */
export class Victims {
  constructor(
    private readonly records: Records,
    private readonly owners: Owners,
  ) {}

  /** Of some keys the one that was not used for longest (Redis' approximation of LRU); undefined: there is none. */
  leastUsed(uses: UseClock, random: () => number): Bytes | undefined {
    for (let misses = 0; misses < MISSES_MAX; misses++) {
      let found: { shard: IndexShard; slot: number } | null = null;
      for (let i = 0; i < SAMPLES; i++) {
        const sample = this.records.index.sample(random);
        if (sample === null) continue;
        if (found === null || since(uses, sample) > since(uses, found)) found = sample;
      }
      if (found === null) continue;
      const { shard, slot } = found;
      if (this.isVictim(shard, slot)) return this.keyOf(shard, slot);
      // From before the uses were noted, or what it had is gone.
      shard.use(slot, 0);
    }
    const found = this.records.index.search(random, (shard, slot) => this.isVictim(shard, slot));
    return found === null ? undefined : this.keyOf(found.shard, found.slot);
  }

  /** Of the keys in some buckets that have an expiry the one that ends soonest; undefined: there is none. */
  endsSoonest(random: () => number): Bytes | undefined {
    const { owners } = this;
    const { tally } = this.records;
    if (tally.ending === 0 && owners.ending === 0) return undefined;
    const first = Math.floor(random() * BUCKETS);
    let [victim, endsMs]: [Bytes | undefined, number] = [undefined, Number.POSITIVE_INFINITY];
    for (let i = 0, seen = 0; i < BUCKETS && seen < SAMPLES; i++) {
      const bucket = (first + i) & (BUCKETS - 1);
      let hasEnding = false;
      if (tally.hasEnding(bucket)) {
        hasEnding = true;
        const found = tally.earliestExpiryMs(bucket) < endsMs ? this.soonestOf(bucket) : undefined;
        if (found !== undefined && found.expiryMs < endsMs) [victim, endsMs] = [found.key, found.expiryMs];
      }
      for (const owner of owners.ending === 0 ? [] : owners.inBucket(bucket)) {
        if (!owner.isEnding) continue;
        hasEnding = true;
        if (owner.expiry!.expiryMs < endsMs) [victim, endsMs] = [owner.key, owner.expiry!.expiryMs];
      }
      if (hasEnding) seen++;
    }
    return victim;
  }

  /** Of the entries of a bucket. */
  private soonestOf(bucket: number): { readonly key: Bytes; readonly expiryMs: number } | undefined {
    const { shard, slots } = this.records.index.bucket(bucket);
    let [victim, endsMs] = [-1, Number.POSITIVE_INFINITY];
    for (const slot of slots) {
      const slab = this.records.space.get(shard.slabAt(slot));
      const at = shard.offsetAt(slot);
      const expiryMs = expiryAt(slab, at);
      if (expiryMs === 0 || expiryMs >= endsMs || !hasValueAt(slab, at)) continue;
      [victim, endsMs] = [slot, expiryMs];
    }
    return victim === -1 ? undefined : { key: this.keyOf(shard, victim), expiryMs: endsMs };
  }

  private isVictim(shard: IndexShard, slot: number): boolean {
    const slab = this.records.space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const key = keyAt(slab, at);
    if (hasValueAt(slab, at) && !isBareMarkAt(slab, at) && !isPartKey(key)) return true;
    // The account may have to be woken, and then records move.
    return isMarkedAt(slab, at) && this.owners.get(Buffer.from(key))?.hasValues === true;
  }

  private keyOf(shard: IndexShard, slot: number): Bytes {
    return Buffer.from(keyAt(this.records.space.get(shard.slabAt(slot)), shard.offsetAt(slot)));
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** So many entries are looked at to find one to evict. */
const SAMPLES = 10;
/** So often, before all are gone through. */
const MISSES_MAX = 10;

/** Good until the store changes. */
function keyAt(slab: Slab, at: number): Bytes {
  const start = keyStart(slab, at);
  return slab.bytes.subarray(start, start + keyLengthAt(slab, at));
}

function since(uses: UseClock, { shard, slot }: { shard: IndexShard; slot: number }): number {
  return uses.since(shard.usedAt(slot));
}
