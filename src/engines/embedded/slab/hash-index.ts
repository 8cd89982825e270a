import { BUCKETS } from '../../../core/bytes.js';
import { IndexShard, PLACE_BITS } from './index-shard.js';
import type { SlabSpace } from './slab-space.js';

/**
 * Hash of a key → where its record is. 64 tables that grow one at a time, each at another moment, so that no write has to
 * wait for more than a 64th of the index to be copied.
 */
export class HashIndex {
  private readonly shards: readonly IndexShard[];

  constructor(space: SlabSpace) {
    this.shards = Array.from({ length: SHARDS }, (_, number) => new IndexShard(space, capacityOf(number)));
  }

  shard(hash: number): IndexShard {
    return this.shards[hash & (SHARDS - 1)]!;
  }

  /** The shard of a bucket, and the slots there of the bucket's keys. */
  bucket(index: number): { shard: IndexShard; slots: number[] } {
    const shard = this.shard(index);
    const first = (index >>> SHARD_BITS) << TAG_BITS;
    return { shard, slots: shard.slotsBetween(first, first + (1 << TAG_BITS)) };
  }
}

/**
 * The order of keys in a shard: by the rest of their bucket's number, then by the rest of their hash. So the keys of a
 * bucket are neighbours.
 */
export function placeOf(hash: number): number {
  return (((hash & (BUCKETS - 1)) >>> SHARD_BITS) << TAG_BITS) | (hash >>> BUCKET_BITS);
}

// ---------------------------------------------------------------------------------------------------------------------

const SHARD_BITS = 6;
const SHARDS = 1 << SHARD_BITS;
const BUCKET_BITS = 12;
/** What a bucket leaves of a hash. */
const TAG_BITS = PLACE_BITS - BUCKET_BITS + SHARD_BITS;

/** Hashes are spread evenly, so shards that start alike would all grow at once. */
function capacityOf(number: number): number {
  return Math.round(16 * 1.4 ** (number / SHARDS));
}
