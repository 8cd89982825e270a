import type { Bytes } from '../core/model/bytes.js';
import { InvariantError } from '../core/model/errors.js';

const HEX = /^[0-9a-f]+$/;

/** Writes numbers and bytes one after the other into a buffer that the caller made large enough. */
export class ByteWriter {
  constructor(
    readonly buffer: Buffer,
    /** Where the next byte goes. */
    private at: number,
  ) {}

  get position(): number {
    return this.at;
  }

  u8(value: number): void {
    this.buffer[this.at++] = value;
  }

  u32(value: number): void {
    this.at = this.buffer.writeUInt32BE(value, this.at);
  }

  /** A safe integer from 0 in 8 bytes. */
  u53(value: number): void {
    this.check(value);
    this.u32(Math.floor(value / 0x1_0000_0000));
    this.u32(value >>> 0);
  }

  f64(value: number): void {
    this.at = this.buffer.writeDoubleBE(value, this.at);
  }

  /** A safe integer from 0 in 1 to 8 bytes, seven bits each, lowest first (LEB128). */
  varint(value: number): void {
    this.check(value);
    let rest = value;
    while (rest >= 0x80) {
      this.buffer[this.at++] = (rest & 0x7f) | 0x80;
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80);
    }
    this.buffer[this.at++] = rest;
  }

  /** Bytes with their length before them. */
  bytes(value: Bytes): void {
    this.varint(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /** An id of lower-case hex digits in half as many bytes: anything else would not come back as it was. */
  hex(digits: string, byteCount: number): void {
    if (digits.length !== 2 * byteCount || !HEX.test(digits)) {
      throw new InvariantError(`not ${2 * byteCount} lower-case hex digits: ${JSON.stringify(digits)}`);
    }
    this.buffer.write(digits, this.at, 'hex');
    this.at += byteCount;
  }

  /** Text without its length: what follows must be able to tell where it ends. */
  text(value: string): void {
    this.at += this.buffer.write(value, this.at, 'utf8');
  }

  private check(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new InvariantError(`not a safe integer from 0: ${value}`);
  }
}
