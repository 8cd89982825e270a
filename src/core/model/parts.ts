import type { Bytes } from './bytes.js';
import type { Entry } from './entry.js';
import { type Hlc, hlcFromMs } from './hlc.js';
import { isAfter, type Origin, type Stamp } from './version.js';

/**
 * A key has a whole, the last SET or DEL of it, and parts, each an entry of its own: under the key of the whole and a name (R13). A part lives
 * while its version is not below that of the whole. So a delete is one row, however many parts it ends, and two that change different parts
 * of one key both keep what they wrote.
 *
 * The first byte of a whole's key is its database, 0 to 15; of a part's key the kind of the part is in the upper four bits of it. Then follow
 * the length of the client's key (7 bits a byte, the last byte without the highest bit), the client's key, and the name of the part.
 */
export const PART = { field: 1, member: 2, score: 3, count: 4, expiry: 5 } as const;
export type PartKind = (typeof PART)[keyof typeof PART];

const KIND_SHIFT = 4;
const DATABASE_MASK = 15;
const LAST_KIND = PART.expiry;
/** Of the length of a key at most. */
const LENGTH_BITS = 28;

/** Whoever sent it: what only begins like the key of a part is the key of a whole. */
export function isPartKey(key: Bytes): boolean {
  const first = key[0];
  return first !== undefined && first > DATABASE_MASK && first >>> KIND_SHIFT <= LAST_KIND && nameStart(key) !== -1;
}

export function partKindOf(key: Bytes): PartKind {
  return (key[0]! >>> KIND_SHIFT) as PartKind;
}

/** What the keys of all parts of this kind of a whole begin with. `whole`: its full key. */
export function partPrefix(kind: PartKind, whole: Bytes): Bytes {
  const length = whole.length - 1;
  const bytes = Buffer.allocUnsafe(1 + lengthBytes(length) + length);
  writePrefix(bytes, kind, whole);
  return bytes;
}

export function partKey(kind: PartKind, whole: Bytes, name: Bytes): Bytes {
  const length = whole.length - 1;
  const start = 1 + lengthBytes(length) + length;
  const key = Buffer.allocUnsafe(start + name.length);
  writePrefix(key, kind, whole);
  copyTo(key, start, name);
  return key;
}

/** Where the name of a part begins in its key, which lies from `start` to before `end`; -1: it is no key of a part. */
export function nameStart(key: Bytes, start = 0, end = key.length): number {
  let at = start + 1;
  let length = 0;
  for (let shift = 0; shift < LENGTH_BITS && at < end; shift += 7) {
    const byte = key[at++]!;
    length |= (byte & 127) << shift;
    if (byte < 128) return at + length <= end ? at + length : -1;
  }
  return -1;
}

export function nameOf(key: Bytes): Bytes {
  return key.subarray(nameStart(key));
}

/** The full key of the whole that a part belongs to. */
export function wholeKeyOf(key: Bytes): Bytes {
  const start = lengthEnd(key);
  const end = nameStart(key);
  const whole = Buffer.allocUnsafe(1 + end - start);
  whole[0] = key[0]! & DATABASE_MASK;
  whole.set(key.subarray(start, end), 1);
  return whole;
}

/** The database of a part's whole. */
export function partDatabase(key: Bytes): number {
  return key[0]! & DATABASE_MASK;
}

/** Where the client's key begins in the key of a part. */
export function lengthEnd(key: Bytes): number {
  let at = 1;
  while (key[at++]! >= 128);
  return at;
}

/** Whether a whole ends a part, whose version this is; how either was touched says nothing. */
export function isEnded(part: Stamp, whole: Stamp | undefined): boolean {
  if (whole === undefined) return false;
  return whole.hlc > part.hlc || (whole.hlc === part.hlc && whole.origin > part.origin);
}

function writePrefix(bytes: Bytes, kind: PartKind, whole: Bytes): void {
  bytes[0] = (kind << KIND_SHIFT) | whole[0]!;
  let at = 1;
  for (let rest = whole.length - 1; ; rest >>>= 7) {
    bytes[at++] = rest < 128 ? rest : 128 | (rest & 127);
    if (rest < 128) break;
  }
  for (let i = 1; i < whole.length; i++) bytes[at++] = whole[i]!;
}

function copyTo(bytes: Bytes, at: number, source: Bytes): void {
  if (source.length > LOOP_BYTES) bytes.set(source, at);
  else for (let i = 0; i < source.length; i++) bytes[at + i] = source[i]!;
}

/** Up to this length a loop copies faster than a call. */
const LOOP_BYTES = 48;

function lengthBytes(length: number): number {
  return length < 128 ? 1 : length < 16_384 ? 2 : length < 2_097_152 ? 3 : 4;
}

/** What stands on this has ended where anything was written: for values that no node writes. */
const NEVER: Stamp = { hlc: 0, origin: '' };

// ---- the expiry of a key with parts

/**
 * The value of an expiry's part. It carries the version of the newest part that its author saw, and lives unless the whole is above that: so
 * it never stays behind where what it was meant for was deleted. Of two the one with the later such version stands, then the later one.
 */
export interface PartsExpiry {
  readonly base: Stamp;
  /** Unix time in milliseconds; 0: none, any more. */
  readonly expiryMs: number;
  /** What is older than this had expired when it was written. */
  readonly floor: Hlc;
}

export function expiryBytes({ base, expiryMs, floor }: PartsExpiry): Bytes {
  const bytes = Buffer.allocUnsafe(24 + base.origin.length);
  bytes.writeDoubleLE(base.hlc, 0);
  bytes.writeDoubleLE(expiryMs, 8);
  bytes.writeDoubleLE(floor, 16);
  bytes.write(base.origin, 24, 'latin1');
  return bytes;
}

export function expiryFrom(value: Bytes): PartsExpiry {
  if (value.length < 24) return { base: NEVER, expiryMs: 0, floor: 0 };
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  const origin: Origin = bytes.toString('latin1', 24);
  return {
    base: { hlc: bytes.readDoubleLE(0), origin },
    expiryMs: bytes.readDoubleLE(8),
    floor: bytes.readDoubleLE(16),
  };
}

/** Parts that are older than this have expired at `nowMs`. */
export function expiredBelow({ expiryMs, floor }: PartsExpiry, nowMs: number): Hlc {
  return expiryMs !== 0 && expiryMs <= nowMs ? Math.max(floor, hlcFromMs(expiryMs)) : floor;
}

/**
 * The version by which a whole ends the part: of an expiry that of the newest part that its author saw, of a count that of its first
 * increment, since what was added before is in it.
 */
export function standsOn(part: Entry): Stamp {
  if (part.value === null) return part;
  const kind = partKindOf(part.key);
  return kind === PART.expiry ? expiryFrom(part.value).base : kind === PART.count ? countFrom(part.value).since : part;
}

/** No part of the key that is older than this is there any more, once this part has come to its end: of an expiry when that was. */
export function endBelow(part: Entry): Hlc {
  if (part.value === null || partKindOf(part.key) !== PART.expiry) return 0;
  const { expiryMs, floor } = expiryFrom(part.value);
  return expiryMs === 0 ? floor : Math.max(floor, hlcFromMs(expiryMs));
}

/** Whether one state of a part takes the place of another (R5). */
export function isLaterPart(part: Entry, current: Entry): boolean {
  if (partKindOf(part.key) !== PART.expiry) return isAfter(part, current);
  const [base, than] = [standsOn(part), standsOn(current)];
  if (isAfter(base, than)) return true;
  return !isAfter(than, base) && isAfter(part, current);
}

// ---- a replica's share of a number

/** The value of a count's part: what its replica has added, and the version of the first of those increments. */
export interface Count {
  readonly sum: bigint;
  readonly since: Stamp;
}

export function countBytes({ sum, since }: Count): Bytes {
  const bytes = Buffer.allocUnsafe(16 + since.origin.length);
  bytes.writeBigInt64LE(BigInt.asIntN(64, sum), 0);
  bytes.writeDoubleLE(since.hlc, 8);
  bytes.write(since.origin, 16, 'latin1');
  return bytes;
}

export function countFrom(value: Bytes): Count {
  if (value.length < 16) return { sum: 0n, since: NEVER };
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.length);
  return { sum: bytes.readBigInt64LE(0), since: { hlc: bytes.readDoubleLE(8), origin: bytes.toString('latin1', 16) } };
}

// ---- a score

/** The value of a sorted set's member: a double, the most significant byte first. */
export function scoreIn(value: Bytes): number {
  if (value.length < 8) return 0;
  const score = new DataView(value.buffer, value.byteOffset, value.length).getFloat64(0);
  return Number.isNaN(score) ? 0 : score;
}
