import type { Bytes } from '../../../../core/model/bytes.js';
import {
  type DumpReader,
  intsetElements,
  listpackElements,
  RDB,
  ziplistElements,
} from '../../../../engines/redis/dump-reader.js';
import { type CollectionKind, scoreBytes } from '../../collection.js';
import { bytesOf } from '../arguments.js';
import { badFormat } from './dump-format.js';

/** What a dump of a collection is, and how its parts are told: name and value in turn. */
export interface PartsOfDump {
  readonly kind: CollectionKind;
  tell(reader: DumpReader, take: (name: Bytes, value: Bytes) => void): Generator<undefined, void>;
}

/** By the type that a dump begins with, the encodings of Redis up to 8 and of Valkey. */
export const PARTS_OF_DUMPS: ReadonlyMap<number, PartsOfDump> = new Map([
  [RDB.HASH, { kind: 'hash', tell: fieldsOfTable }],
  [RDB.HASH_LISTPACK, { kind: 'hash', tell: packed(listpackElements, fieldsOfPack) }],
  [RDB.HASH_ZIPLIST, { kind: 'hash', tell: packed(ziplistElements, fieldsOfPack) }],
  [RDB.SET, { kind: 'set', tell: membersOfTable }],
  [RDB.SET_INTSET, { kind: 'set', tell: packed(intsetElements, membersOfPack) }],
  [RDB.SET_LISTPACK, { kind: 'set', tell: packed(listpackElements, membersOfPack) }],
  [RDB.ZSET, { kind: 'zset', tell: (reader, take) => scoredOfTable(reader, take, binaryScore) }],
  [RDB.ZSET_OF_TEXTS, { kind: 'zset', tell: (reader, take) => scoredOfTable(reader, take, textScore) }],
  [RDB.ZSET_LISTPACK, { kind: 'zset', tell: packed(listpackElements, scoredOfPack) }],
  [RDB.ZSET_ZIPLIST, { kind: 'zset', tell: packed(ziplistElements, scoredOfPack) }],
]);

// ---

type Take = (name: Bytes, value: Bytes) => void;

const PARTS_PER_STEP = 128;
const NOTHING = new Uint8Array(0);

/** Redis keeps no empty collection, and takes none. */
function* counted(reader: DumpReader, one: () => void): Generator<undefined, void> {
  const count = reader.length();
  if (count === 0) throw badFormat();
  for (let i = 1; i <= count; i++) {
    one();
    if (i % PARTS_PER_STEP === 0) yield;
  }
}

function fieldsOfTable(reader: DumpReader, take: Take): Generator<undefined, void> {
  return counted(reader, () => take(reader.blob(), reader.blob()));
}

function membersOfTable(reader: DumpReader, take: Take): Generator<undefined, void> {
  return counted(reader, () => take(reader.blob(), NOTHING));
}

function scoredOfTable(
  reader: DumpReader,
  take: Take,
  score: (reader: DumpReader) => number,
): Generator<undefined, void> {
  return counted(reader, () => take(reader.blob(), checkedScore(score(reader))));
}

function binaryScore(reader: DumpReader): number {
  return reader.take(8).readDoubleLE(0);
}

/** A length of one byte and digits; three lengths stand for what is no number. */
function textScore(reader: DumpReader): number {
  const length = reader.take(1)[0]!;
  if (length >= 253) return [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][length - 253]!;
  return Number(reader.take(length).toString('latin1'));
}

function checkedScore(score: number): Bytes {
  if (Number.isNaN(score)) throw badFormat();
  return scoreBytes(score);
}

/** What is packed is small: all of it is read at once. */
function packed(
  elementsOf: (pack: Buffer) => string[],
  tell: (elements: readonly string[], take: Take) => void,
): PartsOfDump['tell'] {
  return function* (reader, take) {
    const elements = elementsOf(reader.blob());
    if (elements.length === 0) throw badFormat();
    tell(elements, take);
    yield;
  };
}

function fieldsOfPack(elements: readonly string[], take: Take): void {
  inPairs(elements, (name, value) => take(bytesOf(name), bytesOf(value)));
}

function membersOfPack(elements: readonly string[], take: Take): void {
  for (const member of elements) take(bytesOf(member), NOTHING);
}

function scoredOfPack(elements: readonly string[], take: Take): void {
  inPairs(elements, (name, text) => {
    const infinite = /^([+-]?)inf$/.exec(text);
    const score = infinite === null ? Number(text) : Number(`${infinite[1]}Infinity`);
    take(bytesOf(name), checkedScore(score));
  });
}

function inPairs(elements: readonly string[], one: (first: string, second: string) => void): void {
  if (elements.length % 2 !== 0) throw badFormat();
  for (let i = 0; i < elements.length; i += 2) one(elements[i]!, elements[i + 1]!);
}
