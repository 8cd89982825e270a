import { InvariantError } from '../../../core/model/errors.js';
import type { HashIndex } from './hash-index.js';
import { hashAt, isDeadAt, sizeAt } from './record.js';
import type { Slab } from './slab.js';
import type { SlabSpace } from './slab-space.js';

/**
 * Gives memory back: when too much of the slabs is dead, the live records of the emptiest one are copied to the cold slab,
 * where they stay among their like, and it is dropped. Runs in small steps, each paid for by a write or a drop.
 */
export class Compaction {
  private victim: Slab | null = null;
  /** Of the victim when it was chosen: another one says that it was emptied by other means. */
  private epoch = 0;
  /** Where the next record of the victim starts. */
  private at = 0;
  /** After a search in vain none is made before so many bytes are dead. */
  private searchAt = 0;

  constructor(
    private readonly space: SlabSpace,
    private readonly index: HashIndex,
  ) {}

  /** So many bytes were written or dropped: do work in proportion. */
  step(bytes: number): void {
    if (this.victim === null && !this.choose()) return;
    const victim = this.victim!;
    const upto = this.at + Math.min(STEP_BYTES_MAX, bytes * STEP_FACTOR);
    while (this.at < upto && victim.epoch === this.epoch) this.next(victim);
    if (victim.epoch !== this.epoch) this.victim = null;
  }

  private choose(): boolean {
    const { space } = this;
    const { deadBytes } = space;
    if (deadBytes < this.searchAt) return false;
    const allowed = space.liveBytes * DEAD_SHARE + 2 * space.slabBytes;
    const found = deadBytes > allowed ? space.emptiest() : undefined;
    if (found === undefined) {
      this.searchAt = Math.max(deadBytes + space.slabBytes / 4, allowed);
      return false;
    }
    this.searchAt = 0;
    this.victim = found;
    this.epoch = found.epoch;
    this.at = 0;
    return true;
  }

  private next(victim: Slab): void {
    const start = this.at;
    if (start >= victim.used) throw new InvariantError(`slab ${victim.id} has live records that it does not hold`);
    const size = sizeAt(victim, start);
    this.at += size;
    if (isDeadAt(victim, start)) return;
    const hash = hashAt(victim, start);
    const shard = this.index.shard(hash);
    const slot = shard.locate(hash, victim.id, start);
    if (slot === -1) throw new InvariantError(`no key has the live record at ${start} of slab ${victim.id}`);
    const cold = this.space.room(size, 'cold');
    shard.move(slot, cold.id, cold.copy(victim, start, size));
    this.space.release(victim, size);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Dead bytes up to this share of the live ones are left alone: less costs memory, more costs copying. */
const DEAD_SHARE = 0.15;
/** How much of a victim is gone through for each byte written. */
const STEP_FACTOR = 8;
/** No single write pays for more: a fraction of a millisecond. */
const STEP_BYTES_MAX = 1 << 19;
