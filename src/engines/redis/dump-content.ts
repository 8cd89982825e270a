import type { Bytes } from '../../core/model/bytes.js';
import { partsInDump, takenApart } from './collection-dump.js';
import { DumpReader, FOOTER_BYTES, listpackElements, RDB, UnreadableDump } from './dump-reader.js';
import { withoutActiveTimes } from './dump-version.js';
import { FIRST_SEED, hashOf, SECOND_SEED } from './element-map.js';
import { areEqual } from './three-way.js';

/**
 * Whether two dumps hold the same value. One value dumps in many ways: another version of the server writes another footer
 * and other encodings, its settings say from which size on a hash is a hash table, and a hash table is dumped in the order of
 * that table, which differs between servers and after every restart. So the elements are compared.
 */
export function isSameDump(a: Bytes, b: Bytes): boolean {
  if (Buffer.compare(a, b) === 0) return true;
  if (a.length > FOOTER_BYTES && Buffer.compare(bodyOf(a), bodyOf(b)) === 0) return true;
  const [one, other] = [takenApart(a), takenApart(b)];
  if (one !== null && other !== null) return one.shape === other.shape && areEqual(one.elements, other.elements);
  const [ofA, ofB] = [elementsOf(a), elementsOf(b)];
  if (ofA === null || ofB === null || ofA.length !== ofB.length) return false;
  return ofA.every((element, i) => element === ofB[i]);
}

/**
 * The same for two dumps of the same value, of whatever server; null: nothing that we can read, or too long to be read at once.
 * 64 bits: of a set, a hash or a sorted set the sum over its elements, so that nothing has to be sorted.
 */
export function elementsDigest(dump: Bytes): string | null {
  if (dump.length > DIGEST_BYTES_MAX) return null;
  const found = read(dump);
  if (found === null) return null;
  let [first, second] = [0, 0];
  for (const element of found.elements) {
    if (found.isOrdered) [first, second] = [Math.imul(first, 31), Math.imul(second, 37)];
    first = (first + hashOf(element, FIRST_SEED)) | 0;
    second = (second + hashOf(element, SECOND_SEED)) | 0;
  }
  return [first, second, found.elements.length].map((part) => (part >>> 0).toString(36)).join('.');
}

/**
 * The members of a set, the fields of a hash with their values, the members of a sorted set with their scores, the elements of
 * a list: in one order, whatever the encoding. Of a stream its bytes. null: another type, or nothing that we can read.
 */
export function elementsOf(dump: Bytes): string[] | null {
  const found = read(dump);
  return found === null || found.isOrdered ? (found?.elements ?? null) : found.elements.sort();
}

// ---------------------------------------------------------------------------------------------------------------------

function bodyOf(dump: Bytes): Bytes {
  return dump.subarray(0, Math.max(0, dump.length - FOOTER_BYTES));
}

/** What takes longer than some milliseconds to read is told by its checksum alone. */
const DIGEST_BYTES_MAX = 1 << 20;

interface Elements {
  readonly elements: string[];
  /** Whether their order is part of the value. */
  readonly isOrdered: boolean;
}

function read(dump: Bytes): Elements | null {
  try {
    return readElements(dump);
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) return null;
    throw error;
  }
}

function readElements(dump: Bytes): Elements | null {
  const collection = partsInDump(dump);
  if (collection !== null) return unordered(collection.parts, collection.shape === 'member' ? 1 : 2);
  const reader = new DumpReader(dump);
  switch (dump[0]) {
    case RDB.LIST:
      return { elements: grouped(quicklist(reader), 1), isOrdered: true };
    case RDB.STREAM:
      return { elements: [Buffer.from(bodyOf(dump).subarray(1)).toString('latin1')], isOrdered: true };
    case RDB.STREAM_OF_CONSUMERS:
      return { elements: [withoutActiveTimes(dump).toString('latin1')], isOrdered: true };
    default:
      return null;
  }
}

function unordered(parts: readonly string[], width: number): Elements {
  return { elements: grouped(parts, width), isOrdered: false };
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
