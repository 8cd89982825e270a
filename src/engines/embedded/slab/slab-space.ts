import { InvariantError } from '../../../core/model/errors.js';
import { LINEAR_BYTES_MAX } from './linear-memory.js';
import { Slab } from './slab.js';
import type { SlabHome } from './slab-home.js';

/** Numbers of slabs and offsets in shared ones have to fit into a slot of the index, see index-shard.ts. */
const SHARED_BYTES_LIMIT = 1 << 21;
const SLABS_MAX = 1 << 26;

export interface SlabSizes {
  /** The first slabs are this small, so that an almost empty store costs next to nothing. Bytes, a power of 2. */
  readonly bytesMin: number;
  /** Slabs grow with the content up to this. Large ones are given back later, small ones cost more each. At most 2 MiB. */
  readonly bytesMax: number;
  /** So much of the store can be where compiled code knows it. At most 4 GiB. */
  readonly linearBytesMax: number;
  /** Of so many keys with a few parts what is known is at hand at once; see Owners for the default. */
  readonly awakeMax?: number;
  /** Of a small key that nobody has written for so long the parts are folded; see Folds for the default. */
  readonly foldAfterMs?: number;
}

export const SLAB_SIZES: SlabSizes = { bytesMin: 1 << 16, bytesMax: 1 << 21, linearBytesMax: LINEAR_BYTES_MAX };

/** What is written where: new records go to the hot slab, those that outlived their slab to the cold one. */
export type Temperature = 'hot' | 'cold';

/**
 * All slabs of a store. Two of them take records; the full ones only lose them, until they are empty. Then they are filled
 * anew, or let go if there are enough of them. A large record gets a slab of its own, which is gone as soon as it is.
 */
export class SlabSpace {
  /** Number 0 stays free, so that no place in a slab is all zeros in the index. */
  private readonly slabs: (Slab | undefined)[] = [undefined];
  private readonly freeIds: number[] = [];
  /** Empty slabs of the largest size. They have their numbers still, and are not in `slabs`. */
  private readonly spares: Slab[] = [];
  private readonly heads: Record<Temperature, Slab | undefined> = { hot: undefined, cold: undefined };
  /** Bytes of all records, live and dead. */
  private used = 0;
  private live = 0;

  constructor(
    private readonly home: SlabHome,
    private readonly sizes: SlabSizes = SLAB_SIZES,
  ) {
    if (sizes.bytesMax > SHARED_BYTES_LIMIT) throw new InvariantError(`a slab of ${sizes.bytesMax} bytes`);
  }

  get liveBytes(): number {
    return this.live;
  }

  get deadBytes(): number {
    return this.used - this.live;
  }

  /** How large the next shared slab would be. */
  get slabBytes(): number {
    const { bytesMin, bytesMax } = this.sizes;
    let bytes = bytesMin;
    while (bytes < bytesMax && bytes * SLABS_AIMED < this.used) bytes *= 2;
    return bytes;
  }

  get(id: number): Slab {
    return this.slabs[id]!;
  }

  /** A slab with room for a record of so many bytes, which is to be written there next and counts as live at once. */
  room(bytes: number, temperature: Temperature): Slab {
    const head = this.heads[temperature];
    const slab = head?.hasRoom(bytes) === true ? head : this.newSlab(bytes, temperature);
    slab.live += bytes;
    this.live += bytes;
    this.used += bytes;
    return slab;
  }

  /** The slab that takes new records. */
  get head(): Slab | undefined {
    return this.heads.hot;
  }

  /** Others have written so many bytes of records to the head. */
  fill(bytes: number): void {
    const head = this.heads.hot!;
    head.take(bytes);
    head.live += bytes;
    this.live += bytes;
    this.used += bytes;
  }

  /** A record of so many bytes in this slab is dead. */
  release(slab: Slab, bytes: number): void {
    slab.live -= bytes;
    this.live -= bytes;
    if (slab.live === 0 && !this.isHead(slab)) this.drop(slab);
  }

  /** The full slab with the smallest share of live bytes; undefined if hardly any would be gained. */
  emptiest(): Slab | undefined {
    let found: Slab | undefined;
    let share = WORTHWHILE_SHARE;
    for (const slab of this.slabs) {
      if (slab === undefined || this.isHead(slab) || slab.live >= share * slab.used) continue;
      share = slab.live / slab.used;
      found = slab;
    }
    return found;
  }

  private isHead(slab: Slab): boolean {
    return slab === this.heads.hot || slab === this.heads.cold;
  }

  private newSlab(bytes: number, temperature: Temperature): Slab {
    const { slabBytes } = this;
    const isShared = bytes <= Math.min(SHARED_RECORD_BYTES, slabBytes / 4);
    const slab = (isShared ? this.spares.pop() : undefined) ?? this.allocate(isShared ? slabBytes : bytes, isShared);
    this.slabs[slab.id] = slab;
    if (isShared) this.replaceHead(temperature, slab);
    return slab;
  }

  private allocate(bytes: number, isShared: boolean): Slab {
    const id = this.freeIds.pop() ?? this.slabs.length;
    if (id === SLABS_MAX) throw new InvariantError('there are too many slabs');
    return new Slab(id, bytes, isShared, this.home);
  }

  private replaceHead(temperature: Temperature, slab: Slab): void {
    const full = this.heads[temperature];
    this.heads[temperature] = slab;
    if (full?.live === 0) this.drop(full);
  }

  /** Nothing in the index refers to it. */
  private drop(slab: Slab): void {
    this.used -= slab.used;
    this.slabs[slab.id] = undefined;
    slab.empty();
    const isSpare = slab.isShared && slab.capacity === this.sizes.bytesMax && this.spares.length < SPARES_MAX;
    if (isSpare) this.spares.push(slab);
    else {
      this.freeIds.push(slab.id);
      slab.free();
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Slabs grow as long as there would be more of them than this: a dead one is then a small part of the whole. */
const SLABS_AIMED = 32;
/** Records above this are never copied, be it by compaction or for a reader. */
const SHARED_RECORD_BYTES = 1 << 16;
const SPARES_MAX = 2;
/** Copying a slab of which more than this is live is not worth it. */
const WORTHWHILE_SHARE = 0.9;
