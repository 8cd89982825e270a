import type { Bytes } from '../../../core/model/bytes.js';
import { copyWords, type Slab } from './slab.js';

/**
 * Copies of what is in shared slabs, for those outside the store: a copy is theirs for as long as they like, whatever
 * becomes of the slab. Short ones lie side by side in small blocks; a block stays as long as any of them.
 */
export class ReadPool {
  private block: Buffer = Buffer.alloc(0);
  private words: Int32Array = new Int32Array(0);
  private used = 0;

  /** `start`: a multiple of 4. */
  copy(slab: Slab, start: number, length: number): Bytes {
    if (length > LOOP_BYTES) return copyLong(slab, start, length);
    const size = length + (-length & 3);
    if (this.used + size > this.block.length) this.renew();
    const at = this.used;
    this.used += size;
    copyWords(slab.words, start >>> 2, this.words, at >>> 2, size >>> 2);
    return this.block.subarray(at, at + length);
  }

  private renew(): void {
    this.block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
    this.words = new Int32Array(this.block.buffer);
    this.used = 0;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const BLOCK_BYTES = 1 << 15;
/** Up to this length a loop copies faster than a view and a call. */
const LOOP_BYTES = 512;

function copyLong(slab: Slab, start: number, length: number): Bytes {
  const copy = length > BLOCK_BYTES / 8 ? Buffer.allocUnsafeSlow(length) : Buffer.allocUnsafe(length);
  copy.set(slab.bytes.subarray(start, start + length));
  return copy;
}
