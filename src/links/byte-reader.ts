import type { Bytes } from '../core/model/bytes.js';
import { LinkProtocolError } from './errors.js';

/** No counter of a real node ever comes near: a million a second for a century. What is beyond it was made up, or damaged. */
export const COUNTER_MAX = 2 ** 52;

/** Up to this length a loop copies faster than a call into the runtime. */
const LOOP_COPY_BYTES = 24;
/** The runtime keeps arrays up to this length on its own heap, where they are cheap to make. */
const SHORT_BYTES = 64;

/**
 * Reads what ByteWriter wrote, from `at` up to `end` of a buffer. Trusts nothing: whatever does not fit throws a
 * LinkProtocolError. Gives copies alone, so that the buffer can be used again as soon as reading is over.
 */
export class ByteReader {
  constructor(
    private readonly buffer: Buffer,
    private at: number,
    private readonly end: number,
  ) {}

  get remaining(): number {
    return this.end - this.at;
  }

  u8(): number {
    if (this.at >= this.end) throw malformed('it ends too early');
    return this.buffer[this.at++]!;
  }

  u32(): number {
    return this.buffer.readUInt32BE(this.skip(4));
  }

  u53(): number {
    const high = this.u32();
    if (high >= 0x20_0000) throw malformed('a number is over 53 bits');
    return high * 0x1_0000_0000 + this.u32();
  }

  f64(): number {
    return this.buffer.readDoubleBE(this.skip(8));
  }

  /** A varint that somebody counts on from. */
  counter(): number {
    const value = this.varint();
    if (value > COUNTER_MAX) throw malformed(`the counter ${value} is near its end`);
    return value;
  }

  varint(): number {
    let byte = this.u8();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 0x80; scale < 2 ** 56; scale *= 0x80) {
      byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return safe(value);
    }
    throw malformed('a number is over 8 bytes');
  }

  /** A varint that counts items of at least `itemBytesMin` bytes each: a count that cannot be true ends here. */
  count(itemBytesMin: number): number {
    const count = this.varint();
    if (count * itemBytesMin > this.remaining) throw malformed(`${count} items do not fit in ${this.remaining} bytes`);
    return count;
  }

  /** A copy. A short one has memory of its own, so that a key that is kept for long keeps nothing else alive. */
  bytes(): Bytes {
    const length = this.varint();
    const start = this.skip(length);
    const copy = length > SHORT_BYTES ? Buffer.allocUnsafe(length) : new Uint8Array(length);
    if (length > LOOP_COPY_BYTES) this.buffer.copy(copy, 0, start, this.at);
    else for (let i = 0; i < length; i++) copy[i] = this.buffer[start + i]!;
    return copy;
  }

  /** All the rest, without a copy: good as long as the frame is. */
  rest(): Buffer {
    const start = this.skip(this.remaining);
    return this.buffer.subarray(start, this.at);
  }

  hex(length: number): string {
    const start = this.skip(length);
    return this.buffer.toString('hex', start, this.at);
  }

  /** All the rest, as text. */
  text(): string {
    const start = this.skip(this.remaining);
    return this.buffer.toString('utf8', start, this.at);
  }

  /** Nothing may be left once a message was read. */
  finish(): void {
    if (this.remaining > 0) throw malformed(`${this.remaining} bytes follow its end`);
  }

  /** Moves on by `length` bytes and gives where they start. */
  private skip(length: number): number {
    if (length > this.remaining) throw malformed('it ends too early');
    const start = this.at;
    this.at += length;
    return start;
  }
}

/** The frame's checksum is right, and yet its payload is not a message: the other end has a bug. */
export function malformed(what: string, options?: ErrorOptions): LinkProtocolError {
  return new LinkProtocolError('payload', `malformed payload: ${what}`, options);
}

function safe(value: number): number {
  if (value > Number.MAX_SAFE_INTEGER) throw malformed('a number is over 53 bits');
  return value;
}
