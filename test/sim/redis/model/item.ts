import { DumpReader, RDB } from '../../../../src/engines/redis/dump-reader.js';
import { checksumOf, withFooter } from '../../../../src/engines/redis/dump-version.js';
import { text } from './resp.js';

export type ItemType = 'string' | 'list' | 'set' | 'hash' | 'zset';

/** Elements that belong together: a field and its value, a member and its score. */
const WIDTH: Readonly<Record<ItemType, number>> = { string: 1, list: 1, set: 1, hash: 2, zset: 2 };
const DUMP_VERSION = 10;
const STRING = 0;
const PLAIN_NODE = 1;
const BYTES_EACH = 48;

/** What a server holds under a key. Immutable. Of a string its elements are its bytes, of a sorted set scores are texts. */
export class Item {
  private contentKept: string | null = null;
  private dumped: { seed: number; bytes: Buffer } | null = null;

  constructor(
    readonly type: ItemType,
    readonly elements: readonly string[],
    /** Unix time; 0: never. */
    readonly expiryMs: number,
  ) {}

  withExpiry(expiryMs: number): Item {
    return new Item(this.type, this.elements, expiryMs);
  }

  /** The same for equal values, in whatever order they are held. */
  get content(): string {
    this.contentKept ??= `${this.type}:${this.groups((a, b) => (a < b ? -1 : 1)).join('|')}`;
    return this.contentKept;
  }

  /** Content and expiry. */
  get state(): string {
    return `${this.content}@${this.expiryMs}`;
  }

  get bytes(): number {
    return this.elements.reduce((sum, { length }) => sum + length, BYTES_EACH);
  }

  /** @param seed of the server: hashes and sets are dumped in the order of its hash tables */
  dump(seed: number): Buffer {
    if (this.dumped?.seed !== seed) this.dumped = { seed, bytes: withFooter(this.body(seed), DUMP_VERSION) };
    return this.dumped.bytes;
  }

  private body(seed: number): Buffer {
    const inTables = this.groups((a, b) => hashOf(a, seed) - hashOf(b, seed) || (a < b ? -1 : 1));
    const count = lengthOf(this.elements.length / WIDTH[this.type]);
    switch (this.type) {
      case 'string':
        return Buffer.concat([Buffer.from([STRING]), stringOf(this.elements[0]!)]);
      case 'list':
        return Buffer.concat([
          Buffer.from([RDB.LIST]),
          count,
          ...this.elements.flatMap((element) => [lengthOf(PLAIN_NODE), stringOf(element)]),
        ]);
      case 'set':
        return Buffer.concat([Buffer.from([RDB.SET]), count, ...inTables.flat().map(stringOf)]);
      case 'hash':
        return Buffer.concat([Buffer.from([RDB.HASH]), count, ...inTables.flat().map(stringOf)]);
      case 'zset': {
        const scored = this.groups((a, b) => (a < b ? 1 : -1)).flatMap(([member, score]) => [
          stringOf(member!),
          doubleOf(Number(score)),
        ]);
        return Buffer.concat([Buffer.from([RDB.ZSET]), count, ...scored]);
      }
    }
  }

  private groups(order: (a: string, b: string) => number): string[][] {
    const width = WIDTH[this.type];
    const groups: string[][] = [];
    for (let at = 0; at < this.elements.length; at += width) groups.push(this.elements.slice(at, at + width));
    if (this.type === 'list' || this.type === 'string') return groups;
    return groups.sort(([a], [b]) => order(a!, b!));
  }
}

/** What a dump holds that a server of the model has made; null: its checksum or version is wrong. */
export function itemOfDump(dump: Buffer, expiryMs: number): Item | null {
  if (dump.length < 10 || dump.readUInt16LE(dump.length - 10) > DUMP_VERSION) return null;
  if (!checksumOf(dump.subarray(0, -8)).equals(dump.subarray(-8))) return null;
  const reader = new DumpReader(dump);
  const [type, width] = TYPES[dump[0]!] ?? [null, 0];
  if (type === null) return null;
  const elements: string[] = [];
  for (let left = type === 'string' ? 1 : reader.length(); left > 0; left--) {
    if (type === 'list') reader.length();
    elements.push(reader.string());
    if (width === 2) elements.push(type === 'zset' ? String(reader.take(8).readDoubleLE(0)) : reader.string());
  }
  return new Item(type, elements, expiryMs);
}

export function hashOf(name: string, seed: number): number {
  let hash = seed ^ 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  hash ^= hash >>> 15;
  return Math.imul(hash, 0x2c1b3c6d) >>> 0;
}

// ---------------------------------------------------------------------------------------------------------------------

const TYPES: Readonly<Record<number, readonly [ItemType, number]>> = {
  [STRING]: ['string', 1],
  [RDB.LIST]: ['list', 1],
  [RDB.SET]: ['set', 1],
  [RDB.HASH]: ['hash', 2],
  [RDB.ZSET]: ['zset', 2],
};

function stringOf(value: string): Buffer {
  return Buffer.concat([lengthOf(value.length), text(value)]);
}

function lengthOf(length: number): Buffer {
  if (length < 64) return Buffer.from([length]);
  const bytes = Buffer.from([0x80, 0, 0, 0, 0]);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

function doubleOf(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
}
