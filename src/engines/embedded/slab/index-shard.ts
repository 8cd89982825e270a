import type { Bytes } from '../../../core/model/bytes.js';
import {
  LOAD_MAX,
  SLAB_HIGH_BITS,
  SLAB_HIGH_MASK,
  SLAB_LOW_BITS,
  TAG_SHIFT,
  UNIT_BITS,
  UNIT_BYTES,
  UNIT_MASK,
} from './assembly/layout.js';
import type { Tenant, Views } from './linear-memory.js';
import { hasKey } from './record.js';
import type { SlabHome } from './slab-home.js';
import type { SlabSpace } from './slab-space.js';

/** Buckets of a shard. */
export const REGIONS = 64;

/**
 * The keys of 64 buckets in one piece of memory: a region for each, all of the same capacity, each an open-addressing table
 * with linear probing that goes round inside its region. So the keys of a bucket are found together, and a bucket can be
 * filled before its neighbours, as a snapshot does, without crowding. A slot is two words:
 *
 *     20 bits tag · 26 bits number of the slab · 18 bits offset in the slab, in units of 8 bytes
 *
 * and all zeros if it is empty (no slab has the number 0). The tag is what shard and region leave of a key's hash, so a
 * match of tags is a match of whole hashes, and a miss hardly ever touches a slab. A key's home is its tag scaled to the
 * capacity, which need not be a power of 2: regions grow in small steps, and stay well filled.
 */
export class IndexShard {
  private table: SlotTable;
  /** Those of the table. */
  private slots!: Int32Array;
  /** Keys by region. */
  private counts: Int32Array = new Int32Array(REGIONS);
  private count = 0;
  private scale: number;
  /** By slot, the time of the latest use (see UseClock) of a key that could be evicted; 0: none. null: nobody asks. */
  private uses: Uint16Array | null = null;

  /** `capacity`: slots of a region to start with, and never less. */
  constructor(
    private readonly space: SlabSpace,
    private readonly home: SlabHome,
    private readonly number: number,
    private capacity: number,
    /** Told by how many bytes it has grown. */
    private readonly onResize: (bytes: number) => void = () => {},
    private readonly capacityMin = capacity,
  ) {
    this.table = this.newTable();
    this.scale = capacity / 2 ** TAG_BITS;
  }

  /** Slots, used and free. */
  get slotCount(): number {
    return REGIONS * this.capacity;
  }

  get bytes(): number {
    return this.slots.byteLength + (this.uses?.byteLength ?? 0);
  }

  /** Keep the counts in this memory from now on. `isNew`: it does not have them yet. */
  placeCounts(counts: Int32Array, isNew: boolean): void {
    if (isNew) counts.set(this.counts);
    this.counts = counts;
  }

  /** A key was entered by others, and counted in its region. */
  entered(): void {
    this.count++;
  }

  /** Keep the uses from now on. What is here already counts as used at `time`, whatever it is. */
  noteUses(time: number): void {
    this.uses = new Uint16Array(this.slotCount);
    for (let slot = 0; slot < this.slotCount; slot++) if (!this.isFree(slot)) this.uses[slot] = time;
  }

  /** The key of a slot was used at that time; 0: it is none that could be evicted. Only after noteUses. */
  use(slot: number, time: number): void {
    this.uses![slot] = time;
  }

  usedAt(slot: number): number {
    return this.uses![slot]!;
  }

  /** The first slot from `first` on, within `count`, of a key that could be evicted; -1: none. */
  evictable(first: number, count: number): number {
    const uses = this.uses!;
    const end = Math.min(first + count, uses.length);
    for (let slot = first; slot < end; slot++) if (uses[slot] !== 0) return slot;
    return -1;
  }

  /** The slot of a key with this hash; -1 if it is not here. `from`, `upto`: of the key in `key`, if it is a part. */
  find(hash: number, key: Bytes, from = 0, upto = key.length): number {
    const { slots, space } = this;
    const tag = hash >>> TAG_SHIFT;
    const first = regionOf(hash) * this.capacity;
    const end = first + this.capacity;
    let slot = first + ((tag * this.scale) | 0);
    for (;;) {
      const high = slots[2 * slot]!;
      const low = slots[2 * slot + 1]!;
      if (low === 0 && high === 0) return -1;
      if (high >>> SLAB_HIGH_BITS === tag) {
        if (hasKey(space.get(slabOf(high, low)), (low & UNIT_MASK) * UNIT_BYTES, key, from, upto)) return slot;
      }
      if (++slot === end) slot = first;
    }
  }

  /** The slots of all keys with this hash. */
  slotsWith(hash: number): number[] {
    const { slots } = this;
    const tag = hash >>> TAG_SHIFT;
    const first = regionOf(hash) * this.capacity;
    const end = first + this.capacity;
    const found: number[] = [];
    let slot = first + ((tag * this.scale) | 0);
    while (slots[2 * slot] !== 0 || slots[2 * slot + 1] !== 0) {
      if (slots[2 * slot]! >>> SLAB_HIGH_BITS === tag) found.push(slot);
      if (++slot === end) slot = first;
    }
    return found;
  }

  /** The slot that says that the record is at this offset of a slab; -1 if none does. */
  locate(hash: number, slab: number, offset: number): number {
    const { slots } = this;
    const tag = hash >>> TAG_SHIFT;
    const high = highWord(tag, slab);
    const low = lowWord(slab, offset);
    const first = regionOf(hash) * this.capacity;
    const end = first + this.capacity;
    let slot = first + ((tag * this.scale) | 0);
    while (slots[2 * slot] !== high || slots[2 * slot + 1] !== low) {
      if (slots[2 * slot] === 0 && slots[2 * slot + 1] === 0) return -1;
      if (++slot === end) slot = first;
    }
    return slot;
  }

  slabAt(slot: number): number {
    return slabOf(this.slots[2 * slot]!, this.slots[2 * slot + 1]!);
  }

  /** The hash of the key of a slot, whose bucket is known. */
  hashAt(slot: number, bucket: number): number {
    return ((this.slots[2 * slot]! >>> SLAB_HIGH_BITS) << TAG_SHIFT) | bucket;
  }

  offsetAt(slot: number): number {
    return (this.slots[2 * slot + 1]! & UNIT_MASK) * UNIT_BYTES;
  }

  /** Add a key that is not here. Gives its slot. */
  insert(hash: number, slab: number, offset: number): number {
    const region = regionOf(hash);
    const count = this.counts[region]! + 1;
    if (count > this.capacity * LOAD_MAX) this.resize(Math.ceil(this.capacity * GROWTH));
    this.counts[region] = count;
    this.count++;
    const tag = hash >>> TAG_SHIFT;
    return this.add(region, highWord(tag, slab), lowWord(slab, offset));
  }

  /** The record of a key is elsewhere now. */
  move(slot: number, slab: number, offset: number): void {
    this.slots[2 * slot] = highWord(this.slots[2 * slot]! >>> SLAB_HIGH_BITS, slab);
    this.slots[2 * slot + 1] = lowWord(slab, offset);
  }

  /** Empty a slot, and move what follows up so that no search ends too early. */
  remove(slot: number): void {
    const { slots, capacity } = this;
    const region = Math.floor(slot / capacity);
    const first = region * capacity;
    const end = first + capacity;
    let hole = slot;
    let next = slot;
    for (;;) {
      if (++next === end) next = first;
      const high = slots[2 * next]!;
      const low = slots[2 * next + 1]!;
      if (high === 0 && low === 0) break;
      const home = first + (((high >>> SLAB_HIGH_BITS) * this.scale) | 0);
      // It stays if its home lies behind the hole, going round from the hole to it.
      if (hole < next ? home > hole && home <= next : home > hole || home <= next) continue;
      slots[2 * hole] = high;
      slots[2 * hole + 1] = low;
      if (this.uses !== null) this.uses[hole] = this.uses[next]!;
      hole = next;
    }
    slots[2 * hole] = 0;
    slots[2 * hole + 1] = 0;
    if (this.uses !== null) this.uses[hole] = 0;
    this.count--;
    this.counts[region] = this.counts[region]! - 1;
    // Now and then is enough, and to look is some work.
    if (this.count % REGIONS !== 0) return;
    if (this.count < REGIONS * capacity * LOAD_MIN && capacity > this.capacityMin) this.shrink();
  }

  /** The slots of all keys of a region. */
  slotsOf(region: number): number[] {
    const { slots, capacity } = this;
    const used: number[] = [];
    if (this.counts[region] === 0) return used;
    for (let slot = region * capacity; slot < (region + 1) * capacity; slot++) {
      if (slots[2 * slot] !== 0 || slots[2 * slot + 1] !== 0) used.push(slot);
    }
    return used;
  }

  private isFree(slot: number): boolean {
    return this.slots[2 * slot] === 0 && this.slots[2 * slot + 1] === 0;
  }

  private add(region: number, high: number, low: number): number {
    const { slots } = this;
    const first = region * this.capacity;
    const end = first + this.capacity;
    let slot = first + (((high >>> SLAB_HIGH_BITS) * this.scale) | 0);
    while (slots[2 * slot] !== 0 || slots[2 * slot + 1] !== 0) if (++slot === end) slot = first;
    slots[2 * slot] = high;
    slots[2 * slot + 1] = low;
    return slot;
  }

  private shrink(): void {
    const fitting = Math.max(...this.counts) / LOAD_MAX;
    const capacity = Math.max(this.capacityMin, Math.ceil(fitting * GROWTH));
    if (capacity < this.capacity * SHRINKS_TO) this.resize(capacity);
  }

  /** Both memories are gone through in the same order, so even a large shard takes a millisecond or two. */
  private resize(capacity: number): void {
    const before = this.bytes;
    const oldTable = this.table;
    const oldCapacity = this.capacity;
    this.capacity = capacity;
    this.scale = capacity / 2 ** TAG_BITS;
    this.table = this.newTable();
    const old = oldTable.slots;
    const oldUses = this.uses;
    if (oldUses !== null) this.uses = new Uint16Array(REGIONS * capacity);
    for (let region = 0, i = 0; region < REGIONS; region++) {
      for (const end = i + 2 * oldCapacity; i < end; i += 2) {
        const high = old[i]!;
        const low = old[i + 1]!;
        if (high === 0 && low === 0) continue;
        const slot = this.add(region, high, low);
        if (oldUses !== null) this.uses![slot] = oldUses[i >>> 1]!;
      }
    }
    this.onResize(this.bytes - before);
    this.home.leave(oldTable);
  }

  private newTable(): SlotTable {
    const table = new SlotTable(this.number, this.capacity, (slots) => {
      if (this.table === table || this.table === undefined) this.slots = slots;
    });
    this.home.settle(table, 'zeros');
    this.slots = table.slots;
    return table;
  }
}

/** The slots of a shard, wherever they lie. */
class SlotTable implements Tenant {
  slots!: Int32Array;

  constructor(
    private readonly number: number,
    private readonly capacity: number,
    private readonly onPlaced: (slots: Int32Array) => void,
  ) {}

  get byteLength(): number {
    return 2 * REGIONS * this.capacity * Int32Array.BYTES_PER_ELEMENT;
  }

  get content(): Uint8Array {
    return new Uint8Array(this.slots.buffer, this.slots.byteOffset, this.byteLength);
  }

  place(memory: ArrayBuffer, at: number): void {
    this.slots = new Int32Array(memory, at, 2 * REGIONS * this.capacity);
    this.onPlaced(this.slots);
  }

  announce({ shards }: Views, at: number): void {
    shards[2 * this.number] = at;
    shards[2 * this.number + 1] = at === 0 ? 0 : this.capacity;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** The lowest 6 bits of a hash say the shard, the next 6 the region: together the bucket. */
const REGION_SHIFT = 6;
const TAG_BITS = 32 - TAG_SHIFT;
/** Of a region; more than LOAD_MAX would make searches long. */
const LOAD_MIN = 0.35;
/** To become hardly smaller is not worth it. */
const SHRINKS_TO = 0.8;
const GROWTH = 1.3;

function regionOf(hash: number): number {
  return (hash >>> REGION_SHIFT) & (REGIONS - 1);
}

function highWord(tag: number, slab: number): number {
  return (tag << SLAB_HIGH_BITS) | (slab >>> SLAB_LOW_BITS);
}

function lowWord(slab: number, offset: number): number {
  return (slab << UNIT_BITS) | (offset >>> 3);
}

function slabOf(high: number, low: number): number {
  return ((high & SLAB_HIGH_MASK) << SLAB_LOW_BITS) | (low >>> UNIT_BITS);
}
