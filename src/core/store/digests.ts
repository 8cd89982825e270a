import type { Hlc } from '../model/hlc.js';

/**
 * Sums over sets of writes, kept up to date as writes come and go, so that reading one costs nothing, however many there are.
 * A write is known by its key, its origin and number, and its timestamp: replicas that hold the same writes have the same
 * sums, in whatever order they took them in. Each sum is of 53 bits, in two words that are added up independently.
 */
export class Digests {
  private low: Int32Array;
  private high: Int32Array;

  constructor(count: number) {
    this.low = new Int32Array(count);
    this.high = new Int32Array(count);
  }

  /** Keep the sums in this memory from now on. `isNew`: its content means nothing yet; else it has the sums already. */
  place(low: Int32Array, high: Int32Array, isNew: boolean): void {
    if (isNew) {
      low.set(this.low);
      high.set(this.high);
    }
    this.low = low;
    this.high = high;
  }

  /** `keyHash` and `originHash`: 32 bits each, the same on every replica. */
  add(index: number, keyHash: number, originHash: number, seq: number, hlc: Hlc): void {
    this.low[index] = this.low[index]! + mix(keyHash, originHash, seq, hlc);
    this.high[index] = this.high[index]! + mix(originHash, keyHash, hlc, seq);
  }

  remove(index: number, keyHash: number, originHash: number, seq: number, hlc: Hlc): void {
    this.low[index] = this.low[index]! - mix(keyHash, originHash, seq, hlc);
    this.high[index] = this.high[index]! - mix(originHash, keyHash, hlc, seq);
  }

  /** A touch counts beside the write of its value: what was never touched has the sums that it would have without touches. */
  addTouch(index: number, keyHash: number, originHash: number, seq: number, hlc: Hlc): void {
    this.add(index, ~keyHash, originHash, seq, hlc);
  }

  removeTouch(index: number, keyHash: number, originHash: number, seq: number, hlc: Hlc): void {
    this.remove(index, ~keyHash, originHash, seq, hlc);
  }

  get(index: number): number {
    return (this.high[index]! & HIGH_MASK) * 2 ** 32 + (this.low[index]! >>> 0);
  }

  /** One sum by itself, at index 0, to try something out on. */
  copyOf(index: number): Digests {
    const copy = new Digests(1);
    copy.low[0] = this.low[index]!;
    copy.high[0] = this.high[index]!;
    return copy;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const HIGH_MASK = 0x1fffff;

/** 32 bits over all four, with the multipliers of Murmur3. What is larger than 32 bits counts by its lowest ones. */
function mix(a: number, b: number, c: number, d: number): number {
  let hash = Math.imul(a, 0xcc9e2d51) ^ b;
  hash = Math.imul(hash ^ (hash >>> 15), 0x1b873593) ^ c;
  hash = Math.imul(hash ^ (hash >>> 13), 0x85ebca6b) ^ d;
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}
