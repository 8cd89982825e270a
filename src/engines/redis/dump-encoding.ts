import type { Bytes } from '../../core/model/bytes.js';

/** The version of the dumps of Redis 7.0, which any later one reads. */
export const DUMP_VERSION = 10;
export const LENGTH_BYTES_MAX = 5;
export const SCORE_BYTES = 8;

/** A string as a dump has it: small integers as such, the rest as it is, never packed. */
export function stringEncoding(value: Bytes): readonly Bytes[] {
  if (value.length > INTEGER_BYTES_MAX) return [lengthEncoding(value.length), value];
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES_MAX + value.length);
  return [bytes.subarray(0, writeString(bytes, 0, String.fromCharCode(...value)))];
}

export function lengthEncoding(length: number): Buffer {
  const bytes = Buffer.allocUnsafe(LENGTH_BYTES_MAX);
  return bytes.subarray(0, writeLength(bytes, 0, length));
}

export function scoreEncoding(score: number): Buffer {
  const bytes = Buffer.allocUnsafe(SCORE_BYTES);
  bytes.writeDoubleLE(score);
  return bytes;
}

/** As {@link stringEncoding}, of one character for each byte, which takes LENGTH_BYTES_MAX more at most. Returns where it ends. */
export function writeString(bytes: Buffer, at: number, text: string): number {
  const integer = integerIn(text);
  if (integer === undefined) {
    const start = writeLength(bytes, at, text.length);
    return start + bytes.write(text, start, 'latin1');
  }
  const width = integer >= -128 && integer < 128 ? 1 : integer >= -32_768 && integer < 32_768 ? 2 : 4;
  bytes[at] = 0xc0 | (width >> 1);
  return bytes.writeIntLE(integer, at + 1, width);
}

export function writeLength(bytes: Buffer, at: number, length: number): number {
  if (length < 1 << 6) return bytes.writeUInt8(length, at);
  if (length < 1 << 14) return bytes.writeUInt16BE(0x4000 | length, at);
  return bytes.writeUInt32BE(length, bytes.writeUInt8(0x80, at));
}

// ---------------------------------------------------------------------------------------------------------------------

const INTEGER_BYTES_MAX = 11;
const INTEGER = /^(0|-?[1-9]\d*)$/;

/** Of 32 bits. */
function integerIn(text: string): number | undefined {
  // Most texts are none by their first character: not a digit, nor a minus.
  if (text.length > INTEGER_BYTES_MAX || text.charCodeAt(0) > 57 || !INTEGER.test(text)) return undefined;
  const integer = Number(text);
  return integer === (integer | 0) ? integer : undefined;
}
