import { SLABS_MAX } from './assembly/layout.js';
import type { Tenant, Views } from './linear-memory.js';
import type { SlabHome } from './slab-home.js';

/**
 * A piece of memory outside the JavaScript heap that is filled with records from its start. A shared slab holds many, and
 * its memory is used again once all of them are dead, so no view of it ever leaves the store. A slab that holds one large
 * record is written once and let go with it, so views of it may be handed out.
 */
export class Slab implements Tenant {
  bytes!: Buffer;
  /** The same memory as 32-bit and 64-bit numbers. */
  words!: Int32Array;
  doubles!: Float64Array;
  /** Bytes taken, from the start. */
  used = 0;
  /** Bytes of records that the index refers to; the rest of `used` is dead. */
  live = 0;
  /** Views of it were handed out, and may still be in use. */
  isViewed = false;
  /** How often it was emptied: tells whether what is known of its content is still true. */
  epoch = 0;

  /** `capacity`: bytes, a multiple of 8. */
  constructor(
    /** Its number in its space. A number is used again once nothing refers to the slab by it. */
    readonly id: number,
    readonly capacity: number,
    readonly isShared: boolean,
    private readonly home: SlabHome,
  ) {
    // Views of large records are handed out, so those have a memory of their own: not zeroed, so that pages count as resident
    // only once they are written to.
    if (isShared) home.settle(this);
    else this.place(Buffer.allocUnsafeSlow(capacity).buffer, 0);
  }

  get byteLength(): number {
    return this.capacity;
  }

  get content(): Uint8Array {
    return this.bytes.subarray(0, this.used);
  }

  place(memory: ArrayBuffer, at: number): void {
    this.bytes = Buffer.from(memory, at, this.capacity);
    this.words = new Int32Array(memory, at, this.capacity / 4);
    this.doubles = new Float64Array(memory, at, this.capacity / 8);
  }

  announce({ slabs }: Views, at: number): void {
    if (this.id < SLABS_MAX) slabs[this.id] = at;
  }

  hasRoom(bytes: number): boolean {
    return this.capacity - this.used >= bytes;
  }

  /** Takes the next `bytes` bytes. Returns where they start. */
  take(bytes: number): number {
    const at = this.used;
    this.used += bytes;
    return at;
  }

  /** Append `length` bytes of another slab, from `start` on; both multiples of 8. Returns where they are now. */
  copy(source: Slab, start: number, length: number): number {
    const at = this.used;
    if (length > LOOP_BYTES) this.bytes.set(source.bytes.subarray(start, start + length), at);
    else copyWords(source.words, start >>> 2, this.words, at >>> 2, length >>> 2);
    this.used += length;
    return at;
  }

  /** All its records are dead. */
  empty(): void {
    this.used = 0;
    this.epoch++;
  }

  /** It is not used any more. */
  free(): void {
    const { linear } = this.home;
    if (linear !== null) this.announce(linear.fixed, 0);
    this.home.leave(this, this.isViewed);
  }
}

export function copyWords(source: Int32Array, from: number, target: Int32Array, to: number, count: number): void {
  for (let i = 0; i < count; i++) target[to + i] = source[from + i]!;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Up to this length a loop copies faster than a view and a call. */
const LOOP_BYTES = 512;
