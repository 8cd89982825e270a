import type { Bytes } from '../../core/model/bytes.js';

/** The value types of the RDB format that a DUMP may begin with (rdb.h of Redis and of Valkey, which agree on these). */
export const RDB = {
  STRING: 0,
  SET: 2,
  ZSET_OF_TEXTS: 3,
  HASH: 4,
  ZSET: 5,
  SET_INTSET: 11,
  ZSET_ZIPLIST: 12,
  HASH_ZIPLIST: 13,
  HASH_LISTPACK: 16,
  ZSET_LISTPACK: 17,
  LIST: 18,
  STREAM: 19,
  SET_LISTPACK: 20,
  STREAM_OF_CONSUMERS: 21,
  /** Of hashes whose fields have expiries: of Valkey 9, of the first versions of Redis 7.4, and of Redis since. They travel whole. */
  HASH_WITH_EXPIRIES: 22,
  HASH_LISTPACK_WITH_EXPIRIES_EARLY: 23,
  HASH_METADATA: 24,
  HASH_LISTPACK_EX: 25,
} as const;

/** A dump ends with two bytes of version and eight of checksum. */
export const FOOTER_BYTES = 10;

/** Not a dump, or one that we cannot read. */
export class UnreadableDump extends Error {
  override name = 'UnreadableDump';
}

/** Reads the parts of a dump one after the other. Strings come as one character per byte. Throws UnreadableDump. */
export class DumpReader {
  at = 1;
  private readonly bytes: Buffer;

  /** @param bytesMax no string may be longer: a packed one says by itself how long it is, and may lie. */
  constructor(
    dump: Bytes,
    private readonly bytesMax: number = Number.MAX_SAFE_INTEGER,
  ) {
    this.bytes = Buffer.from(dump.buffer, dump.byteOffset, Math.max(0, dump.length - FOOTER_BYTES));
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  /** A count, an id: up to 2^53. */
  length(): number {
    const [value, isSpecial] = this.lengthOrSpecial();
    if (isSpecial) throw new UnreadableDump('a string in place of a length');
    return value;
  }

  string(): string {
    const first = this.bytes[this.at] ?? LONG;
    if (first >= LONG) return this.blob().toString('latin1');
    // Most are short, and come by hundreds of thousands.
    const start = this.at + 1;
    if (start + first > this.bytes.length) throw new UnreadableDump('an end in the middle');
    this.at = start + first;
    return this.bytes.toString('latin1', start, this.at);
  }

  /** A string as its bytes. */
  blob(): Buffer {
    const [value, isSpecial] = this.lengthOrSpecial();
    if (!isSpecial) return this.take(value);
    if (value === LZF) return this.compressed();
    const width = [1, 2, 4][value];
    if (width === undefined) throw new UnreadableDump(`an encoding ${value} of strings`);
    return Buffer.from(String(this.take(width).readIntLE(0, width)));
  }

  take(count: number): Buffer {
    const start = this.at;
    if (start + count > this.bytes.length) throw new UnreadableDump('an end in the middle');
    this.at += count;
    return this.bytes.subarray(start, this.at);
  }

  private compressed(): Buffer {
    const [packedLength, length] = [this.length(), this.length()];
    if (length > this.bytesMax) throw new UnreadableDump(`a string of ${length} bytes`);
    const unpacked = unpackLzf(this.take(packedLength), length);
    if (unpacked === null) throw new UnreadableDump('a string that does not unpack');
    return unpacked;
  }

  private lengthOrSpecial(): [value: number, isSpecial: boolean] {
    const first = this.take(1)[0]!;
    const low = first & 0x3f;
    switch (first >>> 6) {
      case 0:
        return [low, false];
      case 1:
        return [(low << 8) | this.take(1)[0]!, false];
      case 3:
        return [low, true];
    }
    if (first === 0x80) return [this.take(4).readUInt32BE(0), false];
    if (first === 0x81) return [Number(this.take(8).readBigUInt64BE(0)), false];
    throw new UnreadableDump(`a length that begins with ${first}`);
  }
}

/** The elements of a listpack (listpack.c of Redis): strings, and numbers as their text. */
export function listpackElements(pack: Buffer): string[] {
  const elements: string[] = [];
  let at = 6;
  const text = (head: number, length: number): [string, number] => [
    pack.toString('latin1', at + head, at + head + length),
    head + length,
  ];
  while (at < pack.length && pack[at] !== PACK_END) {
    const first = pack[at]!;
    const [element, size] =
      first < 0x80
        ? [String(first), 1]
        : first < 0xc0
          ? text(1, first & 0x3f)
          : first < 0xe0
            ? [String((pack.readUInt16BE(at) << 19) >> 19), 2]
            : first < 0xf0
              ? text(2, pack.readUInt16BE(at) & 0xfff)
              : first === 0xf0
                ? text(5, pack.readUInt32LE(at + 1))
                : listpackNumber(pack, at, first);
    elements.push(element);
    at += size + (size < 128 ? 1 : size < 16383 ? 2 : size < 2097151 ? 3 : size < 268435455 ? 4 : 5);
  }
  if (at !== pack.length - 1) throw new UnreadableDump('a listpack that does not end');
  return elements;
}

/** The elements of a ziplist (ziplist.c), in which Redis before 7.0 packed what is small: strings, and numbers as their text. */
export function ziplistElements(pack: Buffer): string[] {
  const elements: string[] = [];
  let at = 10;
  while (at < pack.length && pack[at] !== PACK_END) {
    // The length of the element before comes first.
    at += pack[at] === 0xfe ? 5 : 1;
    const [element, size] = ziplistElement(pack, at);
    elements.push(element);
    at += size;
  }
  if (at !== pack.length - 1) throw new UnreadableDump('a ziplist that does not end');
  return elements;
}

/** The numbers of an intset (intset.c of Redis), as their text. */
export function intsetElements(set: Buffer): string[] {
  const width = set.readUInt32LE(0);
  return Array.from({ length: set.readUInt32LE(4) }, (_, i) => String(signed(set, 8 + i * width, width)));
}

// ---------------------------------------------------------------------------------------------------------------------

/** Of the special encodings of strings, those in the low six bits of a length that begins with two one bits: packed. */
const LZF = 3;
const PACK_END = 0xff;
/** From here on the first byte of a string says more than its length. */
const LONG = 1 << 6;

function ziplistElement(pack: Buffer, at: number): [element: string, size: number] {
  const first = pack[at]!;
  const text = (head: number, length: number): [string, number] => {
    if (at + head + length > pack.length) throw new UnreadableDump('an end in the middle of a ziplist');
    return [pack.toString('latin1', at + head, at + head + length), head + length];
  };
  if (first < 0x40) return text(1, first);
  if (first < 0x80) return text(2, pack.readUInt16BE(at) & 0x3fff);
  if (first === 0x80) return text(5, pack.readUInt32BE(at + 1));
  if (first >= 0xf1 && first <= 0xfd) return [String((first & 0xf) - 1), 1];
  const width = { 192: 2, 208: 4, 224: 8, 240: 3, 254: 1 }[first];
  if (width === undefined) throw new UnreadableDump(`an element of a ziplist that begins with ${first}`);
  return [String(signed(pack, at + 1, width)), 1 + width];
}

function listpackNumber(pack: Buffer, at: number, first: number): [string, number] {
  const width = { 241: 2, 242: 3, 243: 4, 244: 8 }[first];
  if (width === undefined) throw new UnreadableDump(`an element of a listpack that begins with ${first}`);
  return [String(signed(pack, at + 1, width)), 1 + width];
}

function signed(bytes: Buffer, at: number, width: number): number | bigint {
  return width === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, width);
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
