import type { Bytes } from '../../core/bytes.js';
import { DumpReader, FOOTER_BYTES, intsetElements, listpackElements, RDB, UnreadableDump } from './dump-reader.js';
import { withoutActiveTimes } from './dump-version.js';

/**
 * Whether two dumps hold the same value. One value dumps in many ways: another version of the server writes another footer
 * and other encodings, its settings say from which size on a hash is a hash table, and a hash table is dumped in the order of
 * that table, which differs between servers and after every restart. So the elements are compared.
 */
export function isSameDump(a: Bytes, b: Bytes): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  if (a.length > FOOTER_BYTES && Buffer.compare(bodyOf(a), bodyOf(b)) === 0) return true;
  const [ofA, ofB] = [elementsOf(a), elementsOf(b)];
  if (ofA === null || ofB === null || ofA.length !== ofB.length) return false;
  return ofA.every((element, i) => element === ofB[i]);
}

/**
 * The members of a set, the fields of a hash with their values, the members of a sorted set with their scores, the elements of
 * a list: in one order, whatever the encoding. Of a stream its bytes. null: another type, or nothing that we can read.
 */
export function elementsOf(dump: Bytes): string[] | null {
  try {
    return readElements(dump);
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) return null;
    throw error;
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function bodyOf(dump: Bytes): Bytes {
  return dump.subarray(0, Math.max(0, dump.length - FOOTER_BYTES));
}

function readElements(dump: Bytes): string[] | null {
  const reader = new DumpReader(dump);
  switch (dump[0]) {
    case RDB.SET:
      return grouped(strings(reader, 1), 1).sort();
    case RDB.SET_LISTPACK:
      return grouped(listpackElements(reader.blob()), 1).sort();
    case RDB.SET_INTSET:
      return grouped(intsetElements(reader.blob()), 1).sort();
    case RDB.HASH:
      return grouped(strings(reader, 2), 2).sort();
    case RDB.HASH_LISTPACK:
      return grouped(listpackElements(reader.blob()), 2).sort();
    case RDB.ZSET:
      return grouped(scored(reader), 2).sort();
    case RDB.ZSET_LISTPACK:
      return grouped(listpackElements(reader.blob()).map(asScore), 2).sort();
    case RDB.LIST:
      return grouped(quicklist(reader), 1);
    case RDB.STREAM:
      return [Buffer.from(bodyOf(dump).subarray(1)).toString('latin1')];
    case RDB.STREAM_OF_CONSUMERS:
      return [withoutActiveTimes(dump).toString('latin1')];
    default:
      return null;
  }
}

function strings(reader: DumpReader, width: number): string[] {
  const count = reader.length() * width;
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(reader.string());
  if (!reader.isAtEnd) throw new UnreadableDump('more than it says');
  return found;
}

function scored(reader: DumpReader): string[] {
  const count = reader.length();
  const found: string[] = [];
  for (let i = 0; i < count; i++) found.push(reader.string(), String(reader.take(8).readDoubleLE(0)));
  return found;
}

/** Of a sorted set in a listpack every second element is a score, as a text. */
function asScore(text: string, index: number): string {
  if (index % 2 === 0) return text;
  return text.endsWith('inf') ? `${text.startsWith('-') ? '-' : ''}Infinity` : String(Number(text));
}

function quicklist(reader: DumpReader): string[] {
  const count = reader.length();
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const isPlain = reader.length() === 1;
    const node = reader.blob();
    if (isPlain) found.push(node.toString('latin1'));
    else found.push(...listpackElements(node));
  }
  return found;
}

/** Joined by so many, each with its length in front, so that no two groups of strings come to the same text. */
function grouped(parts: readonly string[], width: number): string[] {
  const elements: string[] = [];
  for (let at = 0; at < parts.length; at += width) {
    elements.push(
      parts
        .slice(at, at + width)
        .map((part) => `${part.length}:${part}`)
        .join(''),
    );
  }
  return elements;
}
