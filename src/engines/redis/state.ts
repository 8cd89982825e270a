import { hash } from 'node:crypto';
import type { Bytes } from '../../core/model/bytes.js';
import { type Entry, typeName, typeOfName, type ValueType } from '../../core/model/entry.js';
import { InvariantError } from '../../core/model/errors.js';
import { EXPIRY_MAX, isNearest } from '../../core/model/expiry.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import {
  APART_BYTES_MAX,
  apartAlready,
  COLLECTION_TYPES,
  type Collection,
  TYPE_OF_SHAPE,
  takenApart,
} from './collection-dump.js';
import { elementsDigest, isSameDump } from './dump-content.js';
import { elementMapOf } from './element-map.js';
import { isLarge, type LargeCollection, LargeEntry, LargeRead } from './large-entry.js';
import type { RedisReply } from './reply-parser.js';
import { areEqual } from './three-way.js';

/**
 * What a Redis holds, or was last known to hold, under a key; null: nothing. The digest of a string is the SHA-1 of its
 * bytes, which the node can make of its own copy. That of another type is the checksum that ends its `DUMP`, which a server
 * gives without sending the value. One value has many dumps, also on one server (a hash table that grows is dumped in another
 * order): where checksums differ the elements decide.
 */
export type State = {
  readonly digest: string;
  readonly expiryMs: number;
  /** See {@link elementsDigest}; only where the value itself may be gone when it is compared. */
  readonly elements?: string;
  /** Instead, of a collection, a dump of it, as long as it is not too long to be kept; of a large one its elements. */
  readonly content?: Buffer | Collection;
} | null;

/** A value as it was read. */
export interface ReadValue {
  readonly value: Buffer;
  readonly type: ValueType | undefined;
  readonly expiryMs: number;
}

/** What a Redis holds that has exactly this entry. What has expired by the node's clock may be there by that of the server. */
export function stateOf(entry: Entry | undefined): State {
  if (entry instanceof LargeEntry) return { digest: digestOfLarge(entry), expiryMs: entry.expiryMs };
  if (entry === undefined || entry.value === null) return null;
  return { digest: digestOf(entry.value, entry.type), expiryMs: entry.expiryMs };
}

/** As something that a value is compared with later, when `value`, of which the state is, may be gone. */
function asBase(state: State, value: Bytes | null, type: ValueType | undefined): State {
  if (state === null || value === null || type === undefined) return state;
  const apart = apartAlready(value);
  if (isLarge(apart)) return { ...state, content: apart };
  if (COLLECTION_TYPES.includes(type) && value.length <= APART_BYTES_MAX)
    return { ...state, content: Buffer.from(value.buffer, value.byteOffset, value.length) };
  // Redis packs what it dumps, and the node does not. What is long here may be short there, and is compared element by element.
  if (apart !== undefined) return { ...state, content: { shape: apart.shape, elements: elementMapOf(apart.elements) } };
  const elements = elementsDigest(value);
  return elements === null ? state : { ...state, elements };
}

/** The same of an entry. */
export function asBaseOf(state: State, entry: Entry | undefined): State {
  if (entry instanceof LargeEntry) return state === null ? null : { ...state, content: entry.collection };
  return asBase(state, entry?.value ?? null, entry?.type);
}

/** The same of what was read. */
export function asBaseOfRead(read: ReadValue | null): State {
  const state = stateOfRead(read);
  if (read instanceof LargeRead) return state === null ? null : { ...state, content: read.collection };
  return asBase(state, read?.value ?? null, read?.type);
}

/** What a Redis holds that has exactly these elements, as a base. */
export function baseOfLarge(collection: LargeCollection, expiryMs: number): State {
  return {
    digest: digestOfLarge({ type: TYPE_OF_SHAPE[collection.shape], collection }),
    expiryMs,
    content: collection,
  };
}

/** What a content holds; null: it cannot be taken apart. */
export function collectionIn(content: Buffer | Collection): Collection | null {
  return Buffer.isBuffer(content) ? takenApart(content) : content;
}

/** The same of a value as it was read; null: it is none, or cannot be taken apart. */
export function collectionOf(read: Pick<ReadValue, 'value'>): Collection | null {
  return read instanceof LargeRead ? read.collection : takenApart(read.value);
}

export function isCollection(state: State): boolean {
  return state !== null && COLLECTION_TYPES.some((type) => state.digest.startsWith(`${typeName(type)}:`));
}

export function stateOfRead(read: ReadValue | null): State {
  if (read instanceof LargeRead) return { digest: digestOfLarge(read), expiryMs: read.expiryMs };
  return read === null ? null : { digest: digestOf(read.value, read.type), expiryMs: read.expiryMs };
}

/** Whether a Redis that held `known` holds it still. What has expired since may be gone, or about to go. */
export function isSame(known: State, now: State, nowMs: number): boolean {
  if (known === null) return now === null;
  if (now === null) return known.expiryMs !== 0 && known.expiryMs <= nowMs;
  return known.digest === now.digest && isNearest(known.expiryMs, now.expiryMs);
}

/** Whether what was read, of which this is the state, is the value of `known`, whatever its expiry. */
export function isSameValue(known: NonNullable<State>, read: ReadValue, state: NonNullable<State>): boolean {
  return known.digest === state.digest || hasElementsOf({ ...known, expiryMs: read.expiryMs }, read, 0);
}

/** Whether what was read has the elements of `known`, in whatever order and encoding. */
export function hasElementsOf(known: State, read: ReadValue, nowMs: number): boolean {
  if (known === null || read.type === undefined || !known.digest.startsWith(`${typeName(read.type)}:`)) return false;
  const { content, elements } = known;
  const hasSame =
    content === undefined
      ? elements !== undefined && elementsDigest(read.value) === elements
      : isSameContent(content, read);
  if (!hasSame) return false;
  return isSame({ ...known, digest: '' }, { digest: '', expiryMs: read.expiryMs }, nowMs);
}

function isSameContent(content: Bytes | Collection, read: ReadValue): boolean {
  const isDump = !('elements' in content);
  if (isDump && !(read instanceof LargeRead)) return isSameDump(content, read.value);
  const [one, other] = [isDump ? takenApart(content) : content, collectionOf(read)];
  if (one === null || other === null) return false;
  return other.shape === one.shape && areEqual(other.elements, one.elements);
}

/** Whether an entry has the value that was read. */
export function hasSameValue(entry: Entry, read: ReadValue): boolean {
  if (entry instanceof LargeEntry) return isSameContent(entry.collection, read);
  return entry.value !== null && isSameContent(entry.value, read);
}

/** Reads what the `look` script gives for one key. */
export function readLook(reply: RedisReply | undefined): State {
  if (reply === null) return null;
  const [name, digest, expiry] = parts(reply);
  return { digest: `${typeName(typeOfName(name.toString()))}:${digest.toString('latin1')}`, expiryMs: expiry };
}

/** What a script gives of a collection that is too large to be read at once; null: of anything else. */
export function largeIn(
  reply: RedisReply | undefined,
): { readonly shape: CollectionShape; readonly count: number } | null {
  if (!Array.isArray(reply) || reply.length !== 3) return null;
  const [name, count] = reply;
  const shape = SHAPES[String(name)];
  return shape !== undefined && typeof count === 'number' ? { shape, count } : null;
}

/** Reads what the `read` script gives for one key. */
export function readValue(reply: RedisReply | undefined): ReadValue | null {
  if (reply === null) return null;
  if (Buffer.isBuffer(reply)) return { value: reply, type: undefined, expiryMs: 0 };
  if (Array.isArray(reply) && reply.length === 2) {
    const [value, expiry] = reply;
    if (Buffer.isBuffer(value)) return { value, type: undefined, expiryMs: expiryOf(expiry) };
  }
  const [name, value, expiryMs] = parts(reply);
  return { value, type: typeOfName(name.toString()), expiryMs };
}

/** Whether the `read` script knows the expiry only roughly, since it is beyond 53 bits. */
export function isFarValue(reply: RedisReply | undefined): boolean {
  return Array.isArray(reply) && reply.length > 1 && Buffer.isBuffer(reply.at(-1));
}

// ---------------------------------------------------------------------------------------------------------------------

const SHAPES: Readonly<Record<string, CollectionShape>> = { hash: 'field', set: 'member', zset: 'score' };

/** A text: to the nearest double. */
function expiryOf(reply: RedisReply | undefined): number {
  if (typeof reply === 'number') return reply;
  if (Buffer.isBuffer(reply)) return Math.min(EXPIRY_MAX, Number(reply.toString()));
  throw new InvariantError('a script of ours gave something else than it says');
}

function digestOfLarge({ type, collection }: Pick<LargeRead, 'type' | 'collection'>): string {
  return `${typeName(type)}:${collection.elements.digest}`;
}

function digestOf(value: Bytes, type: ValueType | undefined): string {
  if (type === undefined) return `string:${hash('sha1', value, 'hex')}`;
  const tail = value.subarray(Math.max(0, value.length - 8));
  return `${typeName(type)}:${Buffer.from(tail).toString('latin1')}`;
}

function parts(reply: RedisReply | undefined): [name: Buffer, bytes: Buffer, expiryMs: number] {
  if (Array.isArray(reply)) {
    const [name, bytes, expiry] = reply;
    if (Buffer.isBuffer(name) && Buffer.isBuffer(bytes)) return [name, bytes, Math.max(0, expiryOf(expiry))];
  }
  throw new InvariantError('a script of ours gave something else than it says');
}
