import { BUCKETS } from '../../../core/model/bytes.js';
import { IndexShard, REGIONS } from './index-shard.js';
import type { SlabHome } from './slab-home.js';
import type { SlabSpace } from './slab-space.js';

/**
 * Hash of a key → where its record is. 64 shards that grow one at a time, each at another moment, so that no write has to
 * wait for more than a 64th of the index to be copied. Few large tables rather than one for each bucket: what is looked at
 * on the way to a slot then stays in the processor's cache.
 */
export class HashIndex {
  /** Of memory. */
  bytes = 0;
  private readonly shards: readonly IndexShard[];

  constructor(space: SlabSpace, home: SlabHome) {
    const grow = (bytes: number): void => {
      this.bytes += bytes;
    };
    this.shards = Array.from(
      { length: SHARDS },
      (_, number) => new IndexShard(space, home, number, capacityOf(number), grow),
    );
    for (const shard of this.shards) grow(shard.bytes);
  }

  /** See IndexShard. */
  placeCounts(counts: Int32Array, isNew: boolean): void {
    for (const [i, shard] of this.shards.entries()) {
      shard.placeCounts(counts.subarray(i * REGIONS, (i + 1) * REGIONS), isNew);
    }
  }

  /** See IndexShard. */
  noteUses(time: number): void {
    for (const shard of this.shards) {
      const before = shard.bytes;
      shard.noteUses(time);
      this.bytes += shard.bytes - before;
    }
  }

  /** A slot of a key that could be evicted, near a place that `random` says; null if none is near. Only after noteUses. */
  sample(random: () => number): { shard: IndexShard; slot: number } | null {
    const shard = this.shards[Math.floor(random() * SHARDS)]!;
    const slot = shard.evictable(Math.floor(random() * shard.slotCount), SAMPLE_SLOTS);
    return slot === -1 ? null : { shard, slot };
  }

  /** The same by going through all slots. Those that it turns out not to be good are passed over from now on. */
  search(
    random: () => number,
    isGood: (shard: IndexShard, slot: number) => boolean,
  ): { shard: IndexShard; slot: number } | null {
    const first = Math.floor(random() * SHARDS);
    for (let i = 0; i < SHARDS; i++) {
      const shard = this.shards[(first + i) & (SHARDS - 1)]!;
      for (let slot = -1; ; ) {
        slot = shard.evictable(slot + 1, shard.slotCount);
        if (slot === -1) break;
        if (isGood(shard, slot)) return { shard, slot };
        shard.use(slot, 0);
      }
    }
    return null;
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
/** How far a sample looks for an entry: a few lines of the processor's cache. */
const SAMPLE_SLOTS = 128;

/** Hashes are spread evenly, so shards that start alike would all grow at about the same time. */
function capacityOf(number: number): number {
  return Math.round(6 * 1.3 ** (number / SHARDS));
}
