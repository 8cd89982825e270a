import type { Bytes } from '../../core/model/bytes.js';

/** A Redis Cluster spreads its keys over so many slots, and the slots over its masters. */
export const SLOTS = 16384;

/** A set of slots. */
export class SlotSet {
  private readonly has_ = new Uint8Array(SLOTS);
  private count = 0;

  /** @param ranges as by {@link toString} */
  static of(ranges: string): SlotSet {
    const set = new SlotSet();
    for (const range of ranges.split(',').filter((text) => text !== '')) {
      const [first = 0, last = first] = range.split('-').map(Number);
      set.addRange(first, last);
    }
    return set;
  }

  static all(): SlotSet {
    return SlotSet.of(`0-${SLOTS - 1}`);
  }

  get size(): number {
    return this.count;
  }

  has(slot: number): boolean {
    return this.has_[slot] === 1;
  }

  add(slot: number): void {
    this.count += 1 - this.has_[slot]!;
    this.has_[slot] = 1;
  }

  delete(slot: number): void {
    this.count -= this.has_[slot]!;
    this.has_[slot] = 0;
  }

  addRange(first: number, last: number): void {
    for (let slot = first; slot <= last; slot++) this.add(slot);
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let slot = 0; slot < SLOTS; slot++) if (this.has(slot)) yield slot;
  }

  /** "0-5460,5500": as Redis writes it. */
  toString(): string {
    const ranges: string[] = [];
    for (let first = 0; first < SLOTS; first++) {
      if (!this.has(first)) continue;
      let last = first;
      while (last + 1 < SLOTS && this.has(last + 1)) last++;
      ranges.push(first === last ? String(first) : `${first}-${last}`);
      first = last;
    }
    return ranges.join(',');
  }
}

/** The slot of a client key: CRC16 (XMODEM) of what stands in its first braces, or of all of it (Redis Cluster specification). */
export function slotOf(key: Bytes): number {
  let [first, end] = [0, key.length];
  const open = key.indexOf(BRACE_OPEN);
  const close = open < 0 ? -1 : key.indexOf(BRACE_CLOSE, open + 1);
  if (close > open + 1) [first, end] = [open + 1, close];
  let crc = 0;
  for (let i = first; i < end; i++) crc = ((crc << 8) & 0xffff) ^ CRC16[((crc >> 8) ^ key[i]!) & 0xff]!;
  return crc % SLOTS;
}

// ---------------------------------------------------------------------------------------------------------------------

const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;
const CRC16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ ((crc & 0x8000) === 0 ? 0 : 0x1021)) & 0xffff;
  return crc;
});
