import type { Bytes } from '../../../core/model/bytes.js';
import { DumpReader, FOOTER_BYTES, UnreadableDump } from '../../../engines/redis/dump-reader.js';
import { checksumOf, withFooter } from '../../../engines/redis/dump-version.js';
import { parseInteger } from '../codec/integer.js';
import { RespError } from '../keyspace.js';

/** The version of the dumps of Redis 7.0. */
export const DUMP_VERSION = 10;

/** A string as Redis 7.0 dumps it, and any later one reads it: small integers as such, the rest as it is, never packed. */
export function dumpOf(value: Bytes): Bytes {
  const integer = value.length <= INTEGER_BYTES_MAX ? parseInteger(value) : undefined;
  const head = typeof integer === 'number' ? integerEncoding(integer) : undefined;
  const body = head === undefined ? [lengthEncoding(value.length), value] : [head];
  return withFooter(Buffer.concat([STRING, ...body]), DUMP_VERSION);
}

/** The string that was dumped. Throws a RespError as Redis does, or for a value of another type. */
export function stringOfDump(dump: Bytes, bytesMax: number): Bytes {
  if (!isWhole(dump)) throw new RespError('ERR DUMP payload version or checksum are wrong');
  if (dump[0] !== STRING[0]) {
    if (dump[0]! > TYPE_MAX) throw badFormat();
    throw new RespError('ERR the payload is no string, and this node keeps nothing else by RESTORE');
  }
  try {
    const reader = new DumpReader(dump, bytesMax);
    const value = new Uint8Array(reader.blob());
    if (!reader.isAtEnd) throw badFormat();
    return value;
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) throw badFormat();
    throw error;
  }
}

// ---

const STRING = Buffer.from([0]);
/** The greatest type of values in the dumps of Redis 7.0 to 8, and of Valkey. */
const TYPE_MAX = 32;
/** Of Redis 8, and of Valkey 9. Strings are dumped alike in all versions. */
const [VERSION_MAX, OF_VALKEY_9] = [12, 80];
const INTEGER_BYTES_MAX = 11;

function isWhole(dump: Bytes): boolean {
  if (dump.length <= FOOTER_BYTES) return false;
  const bytes = Buffer.from(dump.buffer, dump.byteOffset, dump.length);
  const version = bytes.readUInt16LE(bytes.length - FOOTER_BYTES);
  if (version > VERSION_MAX && version !== OF_VALKEY_9) return false;
  return checksumOf(bytes.subarray(0, -8)).equals(bytes.subarray(-8));
}

function badFormat(): RespError {
  return new RespError('ERR Bad data format');
}

function integerEncoding(integer: number): Buffer | undefined {
  const width = [1, 2, 4].find((bytes) => integer >= -(2 ** (8 * bytes - 1)) && integer < 2 ** (8 * bytes - 1));
  if (width === undefined) return undefined;
  const bytes = Buffer.alloc(1 + width);
  bytes[0] = 0xc0 | (width >> 1);
  bytes.writeIntLE(integer, 1, width);
  return bytes;
}

function lengthEncoding(length: number): Buffer {
  if (length < 1 << 6) return Buffer.from([length]);
  if (length < 1 << 14) return Buffer.from([0x40 | (length >> 8), length & 0xff]);
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}
