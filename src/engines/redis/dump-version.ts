import type { Bytes } from '../../core/model/bytes.js';
import { DumpReader, FOOTER_BYTES, listpackElements, RDB, UnreadableDump } from './dump-reader.js';

/** The version of the dumps of Redis 7.0, the oldest that a node is put beside, and of 7.2, which has two more encodings. */
const [OF_7_0, OF_7_2] = [10, 11];

/**
 * A dump as a server takes it that refuses its version: servers read no dumps of newer ones, and Valkey 9 none of newer Redis',
 * though most values are encoded as ever. What only newer servers know, such as the expiry of a field, stays as it is.
 * @param reads whether the server takes dumps of a version
 */
export function readableDump(dump: Buffer, reads: (version: number) => boolean): Buffer {
  if (dump.length <= FOOTER_BYTES || reads(dump.readUInt16LE(dump.length - FOOTER_BYTES))) return dump;
  const type = dump[0]!;
  const body = dump.subarray(0, dump.length - FOOTER_BYTES);
  if (type < RDB.SET_LISTPACK) return withFooter(body, OF_7_0);
  if (type > RDB.STREAM_OF_CONSUMERS) return dump;
  if (reads(OF_7_2)) return withFooter(body, OF_7_2);
  try {
    const older = type === RDB.SET_LISTPACK ? plainSet(dump) : [Buffer.from([RDB.STREAM]), withoutActiveTimes(dump)];
    return withFooter(Buffer.concat(older), OF_7_0);
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) return dump;
    throw error;
  }
}

/** What follows the type of a stream, without the times at which its consumers were last given something: as Redis 7.0 has it. */
export function withoutActiveTimes(dump: Bytes): Buffer {
  const reader = new DumpReader(dump);
  const parts: Buffer[] = [];
  const bytes = Buffer.from(dump.buffer, dump.byteOffset, dump.length);
  let start = 1;
  const times = (count: number, read: () => unknown): void => {
    for (let i = 0; i < count; i++) read();
  };
  // Keys and listpacks; length, last id, first id, greatest deleted id, and how many entries were ever added.
  times(2 * reader.length(), () => reader.blob());
  times(8, () => reader.length());
  times(reader.length(), () => {
    reader.blob();
    times(3, () => reader.length());
    times(reader.length(), () => {
      reader.take(16 + 8);
      reader.length();
    });
    times(reader.length(), () => {
      reader.blob();
      reader.take(8);
      parts.push(bytes.subarray(start, reader.at));
      reader.take(8);
      start = reader.at;
      times(reader.length(), () => reader.take(16));
    });
  });
  if (!reader.isAtEnd) throw new UnreadableDump('more than a stream');
  return Buffer.concat([...parts, bytes.subarray(start, reader.at)]);
}

/** A body, which begins with its type, as a dump of a version. */
export function withFooter(body: Buffer, version: number): Buffer {
  const dump = Buffer.allocUnsafe(body.length + FOOTER_BYTES);
  body.copy(dump);
  dump.writeUInt16LE(version, body.length);
  checksumOf(dump.subarray(0, body.length + 2)).copy(dump, body.length + 2);
  return dump;
}

/** The last eight bytes of a dump, from all that come before them. */
export function checksumOf(bytes: Buffer): Buffer {
  return new Checksum().add(bytes).whole();
}

/** CRC-64 as Redis has it (crc64.c: Jones' polynomial, reflected), in two halves of 32 bits, of bytes that come piece by piece. */
export class Checksum {
  private high = 0;
  private low = 0;

  add(bytes: Bytes): this {
    const { highs, lows } = crcTable();
    let { high, low } = this;
    for (let i = 0; i < bytes.length; i++) {
      const index = (low ^ bytes[i]!) & 0xff;
      low = ((low >>> 8) | (high << 24)) ^ lows[index]!;
      high = (high >>> 8) ^ highs[index]!;
    }
    this.high = high;
    this.low = low;
    return this;
  }

  whole(): Buffer {
    const checksum = Buffer.allocUnsafe(8);
    checksum.writeUInt32LE(this.low >>> 0, 0);
    checksum.writeUInt32LE(this.high >>> 0, 4);
    return checksum;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function plainSet(dump: Bytes): Buffer[] {
  const members = listpackElements(new DumpReader(dump).blob()).map((member) => Buffer.from(member, 'latin1'));
  return [Buffer.from([RDB.SET]), lengthOf(members.length), ...members.flatMap((m) => [lengthOf(m.length), m])];
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

const POLYNOMIAL = 0x95ac9329ac4bc9b5n;
let table: { readonly highs: Uint32Array; readonly lows: Uint32Array } | null = null;

/** Made when it is first needed. */
function crcTable(): { readonly highs: Uint32Array; readonly lows: Uint32Array } {
  if (table !== null) return table;
  table = { highs: new Uint32Array(256), lows: new Uint32Array(256) };
  for (let byte = 0; byte < 256; byte++) {
    let crc = BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1n) === 1n ? (crc >> 1n) ^ POLYNOMIAL : crc >> 1n;
    table.highs[byte] = Number(crc >> 32n);
    table.lows[byte] = Number(crc & 0xffffffffn);
  }
  return table;
}
