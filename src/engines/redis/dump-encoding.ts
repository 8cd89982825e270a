import type { Bytes } from '../../core/model/bytes.js';

/** The version of the dumps of Redis 7.0, which any later one reads. */
export const DUMP_VERSION = 10;

/** A string as a dump has it: small integers as such, the rest as it is, never packed. */
export function stringEncoding(value: Bytes): readonly Bytes[] {
  const head = value.length <= INTEGER_BYTES_MAX ? integerEncoding(value) : undefined;
  return head === undefined ? [lengthEncoding(value.length), value] : [head];
}

export function lengthEncoding(length: number): Buffer {
  if (length < 1 << 6) return Buffer.from([length]);
  if (length < 1 << 14) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

export function scoreEncoding(score: number): Buffer {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(score);
  return bytes;
}

// ---------------------------------------------------------------------------------------------------------------------

const INTEGER_BYTES_MAX = 11;
const INTEGER = /^(0|-?[1-9]\d*)$/;

function integerEncoding(value: Bytes): Buffer | undefined {
  const text = String.fromCharCode(...value);
  if (!INTEGER.test(text)) return undefined;
  const integer = Number(text);
  const width = [1, 2, 4].find((bytes) => integer >= -(2 ** (8 * bytes - 1)) && integer < 2 ** (8 * bytes - 1));
  if (width === undefined) return undefined;
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = 0xc0 | (width >> 1);
  bytes.writeIntLE(integer, 1, width);
  return bytes;
}
