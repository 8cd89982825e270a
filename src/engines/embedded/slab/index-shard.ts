import type { Bytes } from '../../../core/bytes.js';
import { giveBack } from './give-back.js';
import { hasKey } from './record.js';
import type { SlabSpace } from './slab-space.js';

/** Bits of a key's place in the order of a shard. */
export const PLACE_BITS = 26;

/**
 * One open-addressing table of the hash index. A slot is two words:
 *
 *     26 bits place · 20 bits number of the slab · 18 bits offset in the slab, in units of 8 bytes
 *
 * and all zeros if it is empty (no slab has the number 0). A place is the part of a key's hash that the shard does not say
 * already, so a match of places is a match of whole hashes and a miss hardly ever touches a slab. A key's home is its place
 * scaled to the capacity: places that are near each other stay near each other in the table, in any capacity, which is how
 * the keys of a bucket are found together. From its home on, a key is in the next free slot (linear probing).
 */
export class IndexShard {
  private slots: Int32Array;
  private count = 0;
  private scale: number;

  /** `capacity`: slots to start with, and never less. */
  constructor(
    private readonly space: SlabSpace,
    private capacity: number,
    private readonly capacityMin = capacity,
  ) {
    this.slots = new Int32Array(2 * capacity);
    this.scale = capacity / 2 ** PLACE_BITS;
  }

  /** The slot of a key; -1 if it is not here. */
  find(place: number, key: Bytes): number {
    const { slots, capacity, space } = this;
    let slot = (place * this.scale) | 0;
    for (;;) {
      const high = slots[2 * slot]!;
      const low = slots[2 * slot + 1]!;
      if (low === 0 && high === 0) return -1;
      if (high >>> SLAB_HIGH_BITS === place) {
        if (hasKey(space.get(slabOf(high, low)), (low & UNIT_MASK) * UNIT_BYTES, key)) return slot;
      }
      if (++slot === capacity) slot = 0;
    }
  }

  /** The slot that says that the record is at this offset of a slab; -1 if none does. */
  locate(place: number, slab: number, offset: number): number {
    const { slots, capacity } = this;
    const high = highWord(place, slab);
    const low = lowWord(slab, offset);
    let slot = (place * this.scale) | 0;
    while (slots[2 * slot] !== high || slots[2 * slot + 1] !== low) {
      if (slots[2 * slot] === 0 && slots[2 * slot + 1] === 0) return -1;
      if (++slot === capacity) slot = 0;
    }
    return slot;
  }

  slabAt(slot: number): number {
    return slabOf(this.slots[2 * slot]!, this.slots[2 * slot + 1]!);
  }

  offsetAt(slot: number): number {
    return (this.slots[2 * slot + 1]! & UNIT_MASK) * UNIT_BYTES;
  }

  /** Add a key that is not here. */
  insert(place: number, slab: number, offset: number): void {
    if (this.count + 1 > this.capacity * LOAD_MAX) this.resize(Math.ceil(this.capacity * GROWTH));
    this.count++;
    this.add(place, highWord(place, slab), lowWord(slab, offset));
  }

  /** The record of a key is elsewhere now. */
  move(slot: number, slab: number, offset: number): void {
    this.slots[2 * slot] = highWord(this.slots[2 * slot]! >>> SLAB_HIGH_BITS, slab);
    this.slots[2 * slot + 1] = lowWord(slab, offset);
  }

  /** Empty a slot, and move what follows up so that no search ends too early. */
  remove(slot: number): void {
    const { slots, capacity } = this;
    let hole = slot;
    let next = slot;
    for (;;) {
      if (++next === capacity) next = 0;
      const high = slots[2 * next]!;
      const low = slots[2 * next + 1]!;
      if (high === 0 && low === 0) break;
      const home = ((high >>> SLAB_HIGH_BITS) * this.scale) | 0;
      // It stays if its home lies behind the hole, going round from the hole to it.
      if (hole < next ? home > hole && home <= next : home > hole || home <= next) continue;
      slots[2 * hole] = high;
      slots[2 * hole + 1] = low;
      hole = next;
    }
    slots[2 * hole] = 0;
    slots[2 * hole + 1] = 0;
    this.count--;
    if (this.count < this.capacity * LOAD_MIN && this.capacity > this.capacityMin) this.shrink();
  }

  /** The slots of all keys with `from <= place < upto`. */
  slotsBetween(from: number, upto: number): number[] {
    const { slots, capacity } = this;
    const found: number[] = [];
    let slot = (from * this.scale) | 0;
    // Homes are up to here; what was pushed on lies behind, up to the next empty slot.
    let homes = Math.min(capacity - 1, (upto * this.scale) | 0) - slot;
    for (let left = capacity; left > 0; left--, homes--) {
      const high = slots[2 * slot]!;
      if (high === 0 && slots[2 * slot + 1] === 0) {
        if (homes < 0) break;
      } else {
        const place = high >>> SLAB_HIGH_BITS;
        if (place >= from && place < upto) found.push(slot);
      }
      if (++slot === capacity) slot = 0;
    }
    return found;
  }

  private add(place: number, high: number, low: number): void {
    const { slots, capacity } = this;
    let slot = (place * this.scale) | 0;
    while (slots[2 * slot] !== 0 || slots[2 * slot + 1] !== 0) if (++slot === capacity) slot = 0;
    slots[2 * slot] = high;
    slots[2 * slot + 1] = low;
  }

  private shrink(): void {
    this.resize(Math.max(this.capacityMin, Math.ceil((this.count / LOAD_MAX) * GROWTH)));
  }

  /** Goes through both tables in the same order, so even a large one is done in a millisecond or two. */
  private resize(capacity: number): void {
    const old = this.slots;
    this.capacity = capacity;
    this.scale = capacity / 2 ** PLACE_BITS;
    this.slots = new Int32Array(2 * capacity);
    for (let i = 0; i < old.length; i += 2) {
      const high = old[i]!;
      const low = old[i + 1]!;
      if (high !== 0 || low !== 0) this.add(high >>> SLAB_HIGH_BITS, high, low);
    }
    giveBack(old.buffer);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const UNIT_BYTES = 8;
const UNIT_MASK = 0x3ffff;
const UNIT_BITS = 18;
/** The number of a slab takes the lowest 6 bits of the first word and the highest 14 of the second. */
const SLAB_HIGH_BITS = 6;
const SLAB_LOW_BITS = 14;

/** Fuller tables have long searches. */
const LOAD_MAX = 0.75;
const LOAD_MIN = 0.2;
/** Small steps: tables are 64 % full on average. */
const GROWTH = 1.4;

function highWord(place: number, slab: number): number {
  return (place << SLAB_HIGH_BITS) | (slab >>> SLAB_LOW_BITS);
}

function lowWord(slab: number, offset: number): number {
  return (slab << UNIT_BITS) | (offset >>> 3);
}

function slabOf(high: number, low: number): number {
  return ((high & 0x3f) << SLAB_LOW_BITS) | (low >>> UNIT_BITS);
}
