import { BUCKETS } from '../../../core/model/bytes.js';
import type { HashIndex } from './hash-index.js';
import type { IndexShard } from './index-shard.js';
import { expiryAt, hasValueAt } from './record.js';
import type { Slab } from './slab.js';
import type { SlabSpace } from './slab-space.js';
import type { Tally } from './tally.js';
import type { UseClock } from './use-clock.js';

/** Of a record. */
export interface Place {
  readonly slab: Slab;
  readonly at: number;
}

/** Of some entries the one that was not used for longest (Redis' approximation of LRU). There has to be one with a value. */
export function leastUsed(space: SlabSpace, index: HashIndex, uses: UseClock, random: () => number): Place {
  for (let misses = 0; ; ) {
    let found: { shard: IndexShard; slot: number } | null = null;
    for (let i = 0; i < SAMPLES; i++) {
      const sample = index.sample(random);
      if (sample === null) continue;
      if (found === null || since(uses, sample) > since(uses, found)) found = sample;
    }
    found ??= misses < SAMPLES ? null : index.search(random);
    if (found === null) {
      misses++;
      continue;
    }
    const { shard, slot } = found;
    const place = { slab: space.get(shard.slabAt(slot)), at: shard.offsetAt(slot) };
    if (hasValueAt(place.slab, place.at)) return place;
    // From before the uses were noted.
    shard.use(slot, 0);
  }
}

/** Of the entries in some buckets that have an expiry the one that ends soonest; undefined: there is none. */
export function endsSoonest(space: SlabSpace, index: HashIndex, tally: Tally, random: () => number): Place | undefined {
  if (tally.ending === 0) return undefined;
  const first = Math.floor(random() * BUCKETS);
  let found = -1;
  for (let i = 0, seen = 0; i < BUCKETS && seen < SAMPLES; i++) {
    const bucket = (first + i) & (BUCKETS - 1);
    if (!tally.hasEnding(bucket)) continue;
    seen++;
    if (found === -1 || tally.earliestExpiryMs(bucket) < tally.earliestExpiryMs(found)) found = bucket;
  }
  const { shard, slots } = index.bucket(found);
  let victim: Place | undefined;
  for (const slot of slots) {
    const slab = space.get(shard.slabAt(slot));
    const at = shard.offsetAt(slot);
    const expiryMs = expiryAt(slab, at);
    if (expiryMs === 0 || !hasValueAt(slab, at)) continue;
    if (victim === undefined || expiryMs < expiryAt(victim.slab, victim.at)) victim = { slab, at };
  }
  return victim;
}

// ---------------------------------------------------------------------------------------------------------------------

/** So many entries are looked at to find one to evict. */
const SAMPLES = 10;

function since(uses: UseClock, { shard, slot }: { shard: IndexShard; slot: number }): number {
  return uses.since(shard.usedAt(slot));
}
