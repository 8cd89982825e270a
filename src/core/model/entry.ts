import { type Bytes, bytesToId, hashBytes, hashSteps } from './bytes.js';
import type { Hlc } from './hlc.js';
import { isLaterPart, isPartKey } from './parts.js';
import type { Steps } from './steps.js';
import { isAfter, isSameWrite, type Origin, type Stamp } from './version.js';

/**
 * One key's state on one replica. Immutable.
 * In the data group the first byte of a key is its database, 0 to 15; in the system group keys are record names.
 */
export interface Entry {
  readonly key: Bytes;
  /** null: a tombstone, or the stub of an evicted entry. */
  readonly value: Bytes | null;
  readonly hlc: Hlc;
  readonly origin: Origin;
  /** The number of the write in its origin's sequence, from 1. */
  readonly seq: number;
  /** Unix time in milliseconds at which the entry turns into a tombstone; 0: never. Always 0 on a tombstone. */
  readonly expiryMs: number;
  /** The last change of the expiry alone since the value was written: the expiry is its own. Absent: there was none. */
  readonly touch?: Touch;
  /** What the value is. Absent: a string, its bytes as they are. Else the bytes are Redis' own serialization (`DUMP`). */
  readonly type?: ValueType;
  /**
   * Present: a stub. The value was evicted to save memory, here or where the entry comes from, and others may still have it.
   * A reader finds nothing; version and expiry are the entry's own, so that nothing older ever stands up in its place.
   */
  readonly evicted?: true;
}

/** A numbered write of its origin, as that of a value is (R1, R4). */
export interface Touch extends Stamp {
  readonly seq: number;
}

export type TouchedEntry = Entry & { readonly touch: Touch };

/** The types of Redis that are no strings, by their numbers on disks and links, which never change; 6: of a module. */
export type ValueType = 1 | 2 | 3 | 4 | 5 | 6;
const TYPE_NAMES = ['string', 'hash', 'list', 'set', 'zset', 'stream', 'other'] as const;
export type TypeName = (typeof TYPE_NAMES)[number];
export type OtherType = Exclude<TypeName, 'string'>;

export function typeName(type: ValueType | undefined): TypeName {
  return TYPE_NAMES[type ?? 0]!;
}

/** The type by the name that Redis' `TYPE` gives; undefined: a string. */
export function typeOfName(name: string): ValueType | undefined {
  const index = (TYPE_NAMES as readonly string[]).indexOf(name);
  return index === 0 ? undefined : asValueType(index < 0 ? TYPE_NAMES.length - 1 : index);
}

/** A number from a disk or a link as a type; undefined if it is none. */
export function asValueType(number: number): ValueType | undefined {
  return Number.isInteger(number) && number >= 1 && number < TYPE_NAMES.length ? (number as ValueType) : undefined;
}

/** An entry as its parts were read. Strings have no `type` at all, so that all of them are objects of one shape. */
export function typedEntry(entry: Entry, type: ValueType | undefined): Entry {
  return type === undefined ? entry : { ...entry, type };
}

/** What is left of an entry that is evicted. It needs no type: there is no value that could be of one. */
export function stubOf({ key, hlc, origin, seq, expiryMs, touch }: Entry): Entry {
  const stub: Entry = { key, value: null, hlc, origin, seq, expiryMs, evicted: true };
  return touch === undefined ? stub : { ...stub, touch };
}

/** What an entry turns into that nobody needs any more, at its own version. */
export function tombstoneOf({ key, hlc, origin, seq, touch }: Entry): Entry {
  const tombstone: Entry = { key, value: null, hlc, origin, seq, expiryMs: 0 };
  return touch === undefined ? tombstone : { ...tombstone, touch };
}

/** An entry with another expiry, by a touch. */
export function touched(entry: Entry, touch: Touch, expiryMs: number): TouchedEntry {
  return { ...entry, expiryMs, touch };
}

/**
 * The write that made the entry what it is. Who has that write has the entry, or a greater one (R3): its number alone says whether somebody
 * has seen the entry, and whether it is stable.
 */
export function lastWriteOf(entry: Entry): Touch {
  return entry.touch ?? entry;
}

/** The write of the entry that a row of the log is of: of its value or its touch; undefined: it was overridden. */
export function writeAt(entry: Entry, origin: Origin, seq: number): Touch | undefined {
  if (entry.origin === origin && entry.seq === seq) return entry;
  return entry.touch?.origin === origin && entry.touch.seq === seq ? entry.touch : undefined;
}

export const CLIENT_DATABASES = 16;

/** A full key: the database byte, then the client's key. */
export function fullKey(database: number, key: Bytes): Bytes {
  const full = Buffer.allocUnsafe(key.length + 1);
  full[0] = database;
  // Keys are short as a rule, and then a loop is cheaper than a call into the runtime.
  if (key.length > 48) full.set(key, 1);
  else for (let i = 0; i < key.length; i++) full[i + 1] = key[i]!;
  return full;
}

export function databaseOf(key: Bytes): number {
  return key[0] ?? 0;
}

export function clientKeyOf(key: Bytes): Bytes {
  return key.subarray(1);
}

/** Whether a reader at `nowMs` finds a value. */
export function isLive(entry: Entry | undefined, nowMs: number): entry is Entry & { value: Bytes } {
  return entry !== undefined && entry.value !== null && (entry.expiryMs === 0 || entry.expiryMs > nowMs);
}

/** Whether an entry is a tombstone, or has become one by expiry (R7). A stub is none. */
export function isTombstone(entry: Entry, nowMs: number): boolean {
  return isDeleted(entry) || (entry.expiryMs !== 0 && entry.expiryMs <= nowMs);
}

/** Whether an entry says that its key was deleted: no value, and none that was evicted either. */
export function isDeleted(entry: Entry): boolean {
  return entry.value === null && entry.evicted !== true;
}

/** Whether an entry takes the place of the one that its key has (R5). */
export function overrides(entry: Entry, current: Entry | undefined): boolean {
  if (current === undefined) return true;
  return isPartKey(entry.key) ? isLaterPart(entry, current) : isAfter(entry, current);
}

/**
 * What a key has once an entry came that overrides what it had. A later touch of the same value changes the expiry and nothing else, whether
 * it came with the value or without: what was evicted here stays a stub.
 */
export function joined(entry: Entry, current: Entry | undefined): Entry {
  const { touch } = entry;
  if (touch === undefined || current === undefined || !isSameWrite(entry, current)) return entry;
  return touched(current, touch, isDeleted(current) ? 0 : entry.expiryMs);
}

/** 32 bits over all that replicas must agree on: key, version, expiry and value. Combined by addition into digests. */
export function* digestEntry(entry: Entry): Steps<number> {
  const type = entry.type === undefined ? '' : `/${entry.type}`;
  const touch = entry.touch === undefined ? '' : `/${entry.touch.hlc}/${entry.touch.origin}`;
  const text = `${entry.hlc}/${entry.origin}/${entry.expiryMs}${type}${touch}`;
  const head = hashBytes(idBytes(text), hashBytes(entry.key));
  if (entry.value === null) return head;
  return hashBytes(idBytes(String(yield* hashSteps(entry.value))), head);
}

function idBytes(text: string): Bytes {
  return Buffer.from(text, 'latin1');
}

export function entryId(entry: Entry): string {
  return bytesToId(entry.key);
}
