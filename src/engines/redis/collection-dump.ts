import type { Bytes } from '../../core/model/bytes.js';
import type { ValueType } from '../../core/model/entry.js';
import { scoreIn } from '../../core/model/parts.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import { DUMP_VERSION, LENGTH_BYTES_MAX, SCORE_BYTES, writeLength, writeString } from './dump-encoding.js';
import { DumpReader, intsetElements, listpackElements, RDB, UnreadableDump, ziplistElements } from './dump-reader.js';
import { withFooter } from './dump-version.js';
import { ElementMap, type Elements } from './element-map.js';

/** The types of Redis that are kept as parts. */
export const TYPE_OF_SHAPE: Readonly<Record<CollectionShape, ValueType>> = { field: 1, member: 3, score: 4 };
/** Of a dump that is not taken apart in slices: a longer one travels whole, since a node would do nothing else for seconds. */
export const APART_BYTES_MAX = 8 << 20;
export const COLLECTION_TYPES: readonly ValueType[] = Object.values(TYPE_OF_SHAPE);

/**
 * What a hash, a set or a sorted set holds: fields with their values, members, members with their scores, which are texts as
 * JavaScript has them. Names and values have one character for each byte.
 */
export interface Collection {
  readonly shape: CollectionShape;
  readonly elements: Elements;
}

/** null: another type, or an encoding that is not known, as where fields have expiries: such values travel whole. */
export function takenApart(dump: Bytes): Collection | null {
  const known = asked.get(dump);
  if (known !== undefined) return known;
  const found = takenApartAnew(dump);
  if (found !== null) asked.set(dump, found);
  return found;
}

function takenApartAnew(dump: Bytes): Collection | null {
  try {
    const found = partsInDump(dump);
    if (found === null) return null;
    const { shape, parts } = found;
    const elements = new Map<string, string>();
    if (shape === 'member') for (const member of parts) elements.set(member, '');
    else for (let i = 0; i < parts.length; i += 2) elements.set(parts[i]!, parts[i + 1]!);
    const isWhole = elements.size === (shape === 'member' ? parts.length : parts.length / 2);
    return isWhole ? { shape, elements } : null;
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) return null;
    throw error;
  }
}

/** What {@link takenApart} would give, if it is known. */
export function apartAlready(dump: Bytes): Collection | undefined {
  return asked.get(dump);
}

/** Of what was taken apart in slices. */
export function noteApart(dump: Bytes, collection: Collection): void {
  asked.set(dump, collection);
}

/** One dump for each value, unless it is large: its elements in the order of their names. Any server reads it. */
export function dumpOf({ shape, elements }: Collection): Buffer {
  const names = elements instanceof ElementMap ? elements.keys() : [...elements.keys()].sort();
  let length = 1 + LENGTH_BYTES_MAX;
  for (const [name, value] of elements) length += name.length + value.length + 2 * LENGTH_BYTES_MAX + SCORE_BYTES;
  const body = Buffer.allocUnsafe(length);
  let at = body.writeUInt8(TABLES[shape]);
  at = writeLength(body, at, elements.size);
  for (const name of names) {
    at = writeString(body, at, name);
    if (shape === 'field') at = writeString(body, at, elements.get(name)!);
    if (shape === 'score') at = body.writeDoubleLE(Number(elements.get(name)), at);
  }
  const dump = withFooter(body.subarray(0, at), DUMP_VERSION);
  asked.set(dump, { shape, elements });
  return dump;
}

/** The name of a part as that of an element. As one piece: these become keys of maps, many at a time. */
export function nameText(bytes: Bytes): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

/** The value of a part as that of an element. */
export function elementText(shape: CollectionShape, value: Bytes): string {
  if (shape === 'score') return String(scoreIn(value));
  return shape === 'field' ? nameText(value) : '';
}

/** A score as Redis writes it, as an element has it. */
export function scoreText(text: string): string {
  return text.endsWith('inf') ? `${text.startsWith('-') ? '-' : ''}Infinity` : String(Number(text));
}

/** The value of an element as a part has it. */
export function partValueOf(shape: CollectionShape, value: string): Bytes {
  if (shape === 'field') return Buffer.from(value, 'latin1');
  const bytes = Buffer.alloc(shape === 'score' ? 8 : 0);
  if (shape === 'score') bytes.writeDoubleBE(Number(value));
  return bytes;
}

/** The elements of a dump one by one, each as it is asked for; null: it has another type, or is packed, as short ones are. Throws UnreadableDump. */
export function elementsInDump(
  dump: Bytes,
): { readonly shape: CollectionShape; readonly elements: Iterable<readonly [name: string, value: string]> } | null {
  const reader = new DumpReader(dump);
  switch (dump[0]) {
    case RDB.SET:
      return { shape: 'member', elements: oneByOne(reader, () => '') };
    case RDB.HASH:
      return { shape: 'field', elements: oneByOne(reader, () => reader.string()) };
    case RDB.ZSET:
      return { shape: 'score', elements: oneByOne(reader, () => scoreOf(reader)) };
    default:
      return null;
  }
}

/** Whether it is a hash of which some fields have an expiry of their own. */
export function hasFieldExpiries(dump: Bytes | null): boolean {
  return dump !== null && WITH_FIELD_EXPIRIES.includes(dump[0]!);
}

/** Names and values in turn, or members, as they are dumped; null: another type. Throws UnreadableDump. */
export function partsInDump(
  dump: Bytes,
): { readonly shape: CollectionShape; readonly parts: readonly string[] } | null {
  const reader = new DumpReader(dump);
  switch (dump[0]) {
    case RDB.SET:
      return { shape: 'member', parts: strings(reader, 1) };
    case RDB.SET_LISTPACK:
      return { shape: 'member', parts: listpackElements(reader.blob()) };
    case RDB.SET_INTSET:
      return { shape: 'member', parts: intsetElements(reader.blob()) };
    case RDB.HASH:
      return { shape: 'field', parts: strings(reader, 2) };
    case RDB.HASH_LISTPACK:
      return { shape: 'field', parts: listpackElements(reader.blob()) };
    case RDB.HASH_ZIPLIST:
      return { shape: 'field', parts: ziplistElements(reader.blob()) };
    case RDB.ZSET:
      return { shape: 'score', parts: scored(reader) };
    case RDB.ZSET_LISTPACK:
      return { shape: 'score', parts: listpackElements(reader.blob()).map(asScore) };
    case RDB.ZSET_ZIPLIST:
      return { shape: 'score', parts: ziplistElements(reader.blob()).map(asScore) };
    default:
      return null;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** One dump is asked about several times while it is dealt with. */
const asked = new WeakMap<Bytes, Collection>();

const WITH_FIELD_EXPIRIES: readonly number[] = [
  RDB.HASH_WITH_EXPIRIES,
  RDB.HASH_LISTPACK_WITH_EXPIRIES_EARLY,
  RDB.HASH_METADATA,
  RDB.HASH_LISTPACK_EX,
];

const TABLES = { field: RDB.HASH, member: RDB.SET, score: RDB.ZSET } as const;

function strings(reader: DumpReader, width: number): string[] {
  const count = reader.length() * width;
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(reader.string());
  if (!reader.isAtEnd) throw new UnreadableDump('more than it says');
  return found;
}

function* oneByOne(reader: DumpReader, next: () => string): Generator<readonly [string, string]> {
  const count = reader.length();
  for (let i = 0; i < count; i++) yield [reader.string(), next()];
  if (!reader.isAtEnd) throw new UnreadableDump('more than it says');
}

function scored(reader: DumpReader): string[] {
  const count = reader.length();
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(reader.string(), scoreOf(reader));
  return found;
}

function scoreOf(reader: DumpReader): string {
  return String(reader.take(SCORE_BYTES).readDoubleLE(0));
}

/** Of a sorted set in a pack every second element is a score, as a text. */
function asScore(text: string, index: number): string {
  return index % 2 === 0 ? text : scoreText(text);
}
