import type { Bytes } from '../../../../core/model/bytes.js';
import { parseInteger } from '../../codec/integer.js';
import { RespError } from '../../keyspace.js';

/** The version of the dumps of Redis 7.0. */
export const DUMP_VERSION = 10;
/** Of Redis 8, and of Valkey 9. What a node takes is dumped alike in all versions. */
const [VERSION_MAX, OF_VALKEY_9] = [12, 80];

export function isReadableVersion(version: number): boolean {
  return version <= VERSION_MAX || version === OF_VALKEY_9;
}

export function badFormat(): RespError {
  return new RespError('ERR Bad data format');
}

/** A string as a dump has it: small integers as such, the rest as it is, never packed. */
export function stringEncoding(value: Bytes): readonly Bytes[] {
  const integer = value.length <= INTEGER_BYTES_MAX ? parseInteger(value) : undefined;
  const head = typeof integer === 'number' ? integerEncoding(integer) : undefined;
  return head === undefined ? [lengthEncoding(value.length), value] : [head];
}

export function lengthEncoding(length: number): Buffer {
  if (length < 1 << 6) return Buffer.from([length]);
  if (length < 1 << 14) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

// ---

const INTEGER_BYTES_MAX = 11;

function integerEncoding(integer: number): Buffer | undefined {
  const width = [1, 2, 4].find((bytes) => integer >= -(2 ** (8 * bytes - 1)) && integer < 2 ** (8 * bytes - 1));
  if (width === undefined) return undefined;
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = 0xc0 | (width >> 1);
  bytes.writeIntLE(integer, 1, width);
  return bytes;
}
