import type { Bytes } from '../../core/bytes.js';

/**
 * Whether two dumps hold the same value. A hash or set that Redis keeps in a hash table is dumped in the order of that table,
 * which differs between servers and after every restart: the elements are compared, in whatever order they come. Other
 * encodings dump equal values equally, so that for them only equal bytes are the same.
 */
export function isSameDump(a: Bytes, b: Bytes): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  const [ofA, ofB] = [elementsOf(a), elementsOf(b)];
  if (ofA === null || ofB === null || ofA.length !== ofB.length) return false;
  ofA.sort();
  ofB.sort();
  return ofA.every((element, i) => element === ofB[i]);
}

/** The members of a set, or the fields of a hash with their values; null: another encoding, or nothing that we can read. */
export function elementsOf(dump: Bytes): string[] | null {
  const width = dump[0] === SET ? 1 : dump[0] === HASH ? 2 : 0;
  if (width === 0) return null;
  const reader = new DumpReader(Buffer.from(dump.buffer, dump.byteOffset, dump.length));
  const count = reader.length();
  const elements: string[] = [];
  for (let i = 0; i < count; i++) {
    const parts = Array.from({ length: width }, () => reader.string());
    if (parts.includes(null)) return null;
    // With its length in front, so that no two pairs of strings come to the same text.
    elements.push(parts.map((part) => `${part?.length}:${part}`).join(''));
  }
  return reader.isSound ? elements : null;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Value types of the RDB format (rdb.h of Redis). */
const SET = 2;
const HASH = 4;
/** Special encodings of strings, in the low six bits of a length that begins with two one bits. */
const [INT8, INT16, INT32, LZF] = [0, 1, 2, 3];
const FOOTER_BYTES = 10;

/** Reads strings of the RDB format, as one character per byte. */
class DumpReader {
  isSound = true;
  private at = 1;
  private readonly end: number;

  constructor(private readonly bytes: Buffer) {
    this.end = bytes.length - FOOTER_BYTES;
  }

  /** A count. */
  length(): number {
    const [value, isSpecial] = this.lengthOrSpecial();
    return isSpecial ? this.fail(0) : value;
  }

  string(): string | null {
    const [value, isSpecial] = this.lengthOrSpecial();
    if (!this.isSound) return null;
    if (!isSpecial) return this.take(value)?.toString('latin1') ?? null;
    if (value === LZF) return this.compressed();
    const width = value === INT8 ? 1 : value === INT16 ? 2 : value === INT32 ? 4 : 0;
    const taken = width === 0 ? null : this.take(width);
    return taken === null ? this.fail(null) : String(taken.readIntLE(0, width));
  }

  private compressed(): string | null {
    const packedLength = this.length();
    const length = this.length();
    const packed = this.take(packedLength);
    const unpacked = packed === null ? null : unpackLzf(packed, length);
    return unpacked === null ? this.fail(null) : unpacked.toString('latin1');
  }

  private lengthOrSpecial(): [value: number, isSpecial: boolean] {
    const first = this.take(1)?.[0];
    if (first === undefined) return [0, false];
    const low = first & 0x3f;
    switch (first >>> 6) {
      case 0:
        return [low, false];
      case 1:
        return [(low << 8) | (this.take(1)?.[0] ?? 0), false];
      case 3:
        return [low, true];
    }
    if (first === 0x80) return [this.take(4)?.readUInt32BE(0) ?? 0, false];
    return [this.fail(0), false];
  }

  private take(count: number): Buffer | null {
    const start = this.at;
    this.at += count;
    return this.at > this.end ? this.fail(null) : this.bytes.subarray(start, this.at);
  }

  private fail<T>(value: T): T {
    this.isSound = false;
    return value;
  }
}

/** LZF (Marc Lehmann, liblzf): literal runs, and copies of what was unpacked before. null: broken. */
function unpackLzf(packed: Buffer, length: number): Buffer | null {
  const unpacked = Buffer.alloc(length);
  let to = 0;
  for (let at = 0; at < packed.length; ) {
    const control = packed[at++]!;
    if (control < 32) {
      to += packed.copy(unpacked, to, at, at + control + 1);
      at += control + 1;
      continue;
    }
    let count = control >>> 5;
    if (count === 7) count += packed[at++] ?? 0;
    let from = to - ((control & 0x1f) << 8) - (packed[at++] ?? 0) - 1;
    if (from < 0 || to + count + 2 > length) return null;
    // Byte by byte: a copy may reach into what it writes.
    for (let i = 0; i < count + 2; i++) unpacked[to++] = unpacked[from++]!;
  }
  return to === length ? unpacked : null;
}
