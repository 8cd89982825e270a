import { BUCKETS } from '../../../core/bytes.js';
import { IndexShard, REGIONS } from './index-shard.js';
import type { SlabSpace } from './slab-space.js';

/**
 * Hash of a key → where its record is. 64 shards that grow one at a time, each at another moment, so that no write has to
 * wait for more than a 64th of the index to be copied. Few large tables rather than one for each bucket: what is looked at
 * on the way to a slot then stays in the processor's cache.
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
    return { shard, slots: shard.slotsOf(Math.floor(index / SHARDS)) };
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const SHARDS = BUCKETS / REGIONS;

/** Hashes are spread evenly, so shards that start alike would all grow at about the same time. */
function capacityOf(number: number): number {
  return Math.round(6 * 1.3 ** (number / SHARDS));
}
