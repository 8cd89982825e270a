import type { Bytes } from '../../../core/model/bytes.js';
import { asValueType, type Entry, type Touch, type ValueType } from '../../../core/model/entry.js';
import type { Hlc } from '../../../core/model/hlc.js';
import {
  DEAD,
  EVICTED,
  EXPIRES,
  EXPIRY_BYTES,
  FOLDED,
  HEADER_BYTES,
  KEY_MASK,
  KEY_SHIFT,
  LONG,
  LONG_BYTES,
  MARK_BYTES,
  MARK_LATEST,
  MARK_PLAIN,
  MARK_WRITES,
  MARKED,
  ORIGIN_BITS,
  ORIGIN_MASK,
  TOMBSTONE,
  TOUCH_BYTES,
  TOUCH_STATE,
  TOUCHED,
  VALUE_MASK,
  VALUE_SHIFT,
  WAITS,
} from './assembly/layout.js';
import type { Slab } from './slab.js';

/**
 * An entry as it lies in a slab, from a multiple of 8 on:
 *
 *     u32 flags (5 bits), length of the key (11), length of the value (16) · u32 hash of the key
 *     u32 low half of the HLC · u32 its high half (21), origin number (11) · f64 sequence number
 *     [u32 length of the key · u32 length of the value · u32 origin number · u32 type] if one of them is too large above,
 *     or the value is no string, or the key has parts
 *     [u32 kind of the parts, if it is but one, 8: they lie in the value, 16: they wait for that · u32 writes by compiled code · u32, u32 HLC and origin of the latest] if the key has parts
 *     [u32 low half of the touch's HLC · u32 its high half · f64 its sequence number · u32 number of its origin · u32 flags] if it was touched
 *     [f64 expiry] · key · up to 3 bytes · value · up to 7 bytes
 *
 * Of a record that was touched the first flags say that it has no value in both ways, and whether it has one is among the flags of the
 * touch: so a record that was never touched takes no bit more, and whoever knows nothing of touches leaves the others alone.
 *
 * Numbers are in the order of this machine: slabs never leave the process.
 */
export function recordBytes(entry: Entry, origin: number, isMarked = false): number {
  const valueLength = entry.value === null ? 0 : entry.value.length;
  const long = isMarked || entry.type !== undefined || isLong(entry.key.length, valueLength, origin) ? LONG : 0;
  const mark = isMarked ? MARKED : 0;
  const flags = (entry.touch === undefined ? long : long | TOUCHED) | mark;
  return sizeOf(entry.expiryMs === 0 ? flags : flags | EXPIRES, entry.key.length, valueLength);
}

/** Write an entry into a slab, to a place that has room for it. */
export function writeRecord(
  slab: Slab,
  at: number,
  entry: Entry,
  hash: number,
  origin: number,
  touchOrigin: number,
  isMarked = false,
): void {
  const { key, value } = entry;
  const keyAt = writeHead(slab, at, entry, hash, origin, touchOrigin, isMarked);
  copyTo(slab.bytes, keyAt, key);
  if (value !== null) copyTo(slab.bytes, keyAt + padded(key.length), value);
}

/** Write all but key and value, which are there already if it is a record of the same size. Returns where the key goes. */
export function writeHead(
  slab: Slab,
  at: number,
  entry: Entry,
  hash: number,
  origin: number,
  touchOrigin: number,
  isMarked = false,
): number {
  const { key, value, hlc, expiryMs, touch } = entry;
  const { words, doubles } = slab;
  const word = at >>> 2;
  const valueLength = value === null ? 0 : value.length;
  const long = isMarked || entry.type !== undefined || isLong(key.length, valueLength, origin);
  const missing = value !== null ? 0 : entry.evicted === true ? EVICTED : TOMBSTONE;
  const state = touch === undefined ? missing : TOUCHED;
  const flags = (long ? LONG : 0) | (isMarked ? MARKED : 0) | state | (expiryMs === 0 ? 0 : EXPIRES);
  const high = Math.floor(hlc / 2 ** 32) << ORIGIN_BITS;
  words[word] = long ? flags : flags | (key.length << KEY_SHIFT) | (valueLength << VALUE_SHIFT);
  words[word + 1] = hash;
  words[word + 2] = hlc;
  words[word + 3] = long ? high : high | origin;
  doubles[(at >>> 3) + 2] = entry.seq;
  if (long) {
    words[word + 6] = key.length;
    words[word + 7] = valueLength;
    words[word + 8] = origin;
    words[word + 9] = entry.type ?? 0;
  }
  if (isMarked) words.fill(0, word + 10, word + 14);
  if (touch !== undefined) writeTouch(slab, touchStart(slab, at), touch, touchOrigin, missing);
  const keyAt = at + headerBytes(flags);
  if (expiryMs !== 0) doubles[(keyAt >>> 3) - 1] = expiryMs;
  return keyAt;
}

export function hashAt(slab: Slab, at: number): number {
  return slab.words[(at >>> 2) + 1]!;
}

export function sizeAt(slab: Slab, at: number): number {
  return sizeOf(flagsAt(slab, at), keyLengthAt(slab, at), valueLengthAt(slab, at));
}

export function keyLengthAt(slab: Slab, at: number): number {
  const first = slab.words[at >>> 2]!;
  return (first & LONG) !== 0 ? slab.words[(at >>> 2) + 6]! : (first >>> KEY_SHIFT) & KEY_MASK;
}

/** 0 for a tombstone and for a stub. */
export function valueLengthAt(slab: Slab, at: number): number {
  const first = slab.words[at >>> 2]!;
  return (first & LONG) !== 0 ? slab.words[(at >>> 2) + 7]! : first >>> VALUE_SHIFT;
}

export function originNumberAt(slab: Slab, at: number): number {
  const word = at >>> 2;
  return (slab.words[word]! & LONG) !== 0 ? slab.words[word + 8]! : slab.words[word + 3]! & ORIGIN_MASK;
}

export function hlcAt(slab: Slab, at: number): Hlc {
  const word = at >>> 2;
  return (slab.words[word + 3]! >>> ORIGIN_BITS) * 2 ** 32 + (slab.words[word + 2]! >>> 0);
}

/** undefined: a string. */
export function typeAt(slab: Slab, at: number): ValueType | undefined {
  const word = at >>> 2;
  return (slab.words[word]! & LONG) === 0 ? undefined : asValueType(slab.words[word + 9]!);
}

/** Whether its key has parts, so that nobody takes the record alone for the key. */
export function isMarkedAt(slab: Slab, at: number): boolean {
  return (flagsAt(slab, at) & (LONG | MARKED)) === (LONG | MARKED);
}

/** Says in the mark of a key of which kind all of its parts are, 0: it is not as simple as that. */
export function markPlain(slab: Slab, at: number, kind: number): void {
  const word = (at + MARK_PLAIN) >>> 2;
  slab.words[word] = kind | (slab.words[word]! & (FOLDED | WAITS));
}

/** Says in a mark that the parts of its key lie in it, or that they wait for that; 0: neither. */
export function markAs(slab: Slab, at: number, state: 0 | typeof FOLDED | typeof WAITS): void {
  const word = (at + MARK_PLAIN) >>> 2;
  slab.words[word] = state | (slab.words[word]! & ~(FOLDED | WAITS));
}

export function isFoldedAt(slab: Slab, at: number): boolean {
  return isMarkedAt(slab, at) && (slab.words[(at + MARK_PLAIN) >>> 2]! & FOLDED) !== 0;
}

export function waitsAt(slab: Slab, at: number): boolean {
  return isMarkedAt(slab, at) && (slab.words[(at + MARK_PLAIN) >>> 2]! & WAITS) !== 0;
}

/** How often compiled code has written parts of a key with a mark. */
export function markedWritesAt(slab: Slab, at: number): number {
  return slab.words[(at + MARK_WRITES) >>> 2]!;
}

export function markedHlcAt({ words }: Slab, at: number): Hlc {
  const word = (at + MARK_LATEST) >>> 2;
  return (words[word + 1]! >>> ORIGIN_BITS) * 2 ** 32 + (words[word]! >>> 0);
}

export function markedOriginAt({ words }: Slab, at: number): number {
  return words[((at + MARK_LATEST) >>> 2) + 1]! & ORIGIN_MASK;
}

/** Whether it is there for its mark alone: its key has parts, and no entry. */
export function isBareMarkAt(slab: Slab, at: number): boolean {
  return isMarkedAt(slab, at) && hlcAt(slab, at) === 0;
}

/** Whether it is such a mark, and what is known of its key's parts is kept in it (see the core's resting.ts). */
export function isRestingAt(slab: Slab, at: number): boolean {
  return isBareMarkAt(slab, at) && hasValueAt(slab, at);
}

export function seqAt(slab: Slab, at: number): number {
  return slab.doubles[(at >>> 3) + 2]!;
}

export function isTombstoneAt(slab: Slab, at: number): boolean {
  return (stateAt(slab, at) & TOMBSTONE) !== 0;
}

export function isStubAt(slab: Slab, at: number): boolean {
  return (stateAt(slab, at) & EVICTED) !== 0;
}

/** Neither a tombstone nor a stub. */
export function hasValueAt(slab: Slab, at: number): boolean {
  return (stateAt(slab, at) & (TOMBSTONE | EVICTED)) === 0;
}

/** Whether the record is of an entry that was touched: then it has what follows. */
export function isTouchedAt(slab: Slab, at: number): boolean {
  return (flagsAt(slab, at) & TOUCHED) === TOUCHED;
}

export function touchHlcAt(slab: Slab, at: number): Hlc {
  const word = touchStart(slab, at) >>> 2;
  return (slab.words[word + 1]! >>> 0) * 2 ** 32 + (slab.words[word]! >>> 0);
}

export function touchSeqAt(slab: Slab, at: number): number {
  return slab.doubles[(touchStart(slab, at) >>> 3) + 1]!;
}

export function touchOriginAt(slab: Slab, at: number): number {
  return slab.words[(touchStart(slab, at) >>> 2) + 4]!;
}

/** The entry was replaced or dropped. The rest of the record stays readable. */
export function markDead(slab: Slab, at: number): void {
  slab.words[at >>> 2] = slab.words[at >>> 2]! | DEAD;
}

export function isDeadAt(slab: Slab, at: number): boolean {
  return (flagsAt(slab, at) & DEAD) !== 0;
}

/** 0: never. */
export function expiryAt(slab: Slab, at: number): number {
  return (flagsAt(slab, at) & EXPIRES) === 0 ? 0 : slab.doubles[(keyStart(slab, at) >>> 3) - 1]!;
}

export function isExpiredAt(slab: Slab, at: number, nowMs: number): boolean {
  const expiryMs = expiryAt(slab, at);
  return expiryMs !== 0 && expiryMs <= nowMs;
}

/** Where the key starts; a multiple of 8. */
export function keyStart(slab: Slab, at: number): number {
  return at + headerBytes(flagsAt(slab, at));
}

/** Where the value starts; a multiple of 4. */
export function valueStart(slab: Slab, at: number): number {
  return keyStart(slab, at) + padded(keyLengthAt(slab, at));
}

/** Whether the key of the record is the part of `key` from `from` to before `end`. */
export function hasKey(slab: Slab, at: number, key: Bytes, from: number, end: number): boolean {
  const length = end - from;
  if (keyLengthAt(slab, at) !== length) return false;
  const start = keyStart(slab, at);
  const { bytes } = slab;
  if (length > LOOP_BYTES) return bytes.compare(key, from, end, start, start + length) === 0;
  for (let i = 0; i < length; i++) if (bytes[start + i] !== key[from + i]) return false;
  return true;
}

/** Its value; good until the store changes. */
export function valueAt(slab: Slab, at: number): Buffer {
  const start = valueStart(slab, at);
  return slab.bytes.subarray(start, start + valueLengthAt(slab, at));
}

/** Whether the key of the record begins so. */
export function startsWith(slab: Slab, at: number, prefix: Bytes): boolean {
  if (keyLengthAt(slab, at) < prefix.length) return false;
  const start = keyStart(slab, at);
  for (let i = 0; i < prefix.length; i++) if (slab.bytes[start + i] !== prefix[i]) return false;
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------

/** Up to this length a loop is faster than a call into the runtime. */
const LOOP_BYTES = 32;

function isLong(keyLength: number, valueLength: number, origin: number): boolean {
  return keyLength > KEY_MASK || valueLength > VALUE_MASK || origin > ORIGIN_MASK;
}

function flagsAt(slab: Slab, at: number): number {
  return slab.words[at >>> 2]!;
}

/** The flags that say whether it has a value. */
function stateAt(slab: Slab, at: number): number {
  const flags = flagsAt(slab, at);
  return (flags & TOUCHED) === TOUCHED ? slab.words[(touchStart(slab, at) + TOUCH_STATE) >>> 2]! : flags;
}

function touchStart(slab: Slab, at: number): number {
  return at + HEADER_BYTES + longBytes(flagsAt(slab, at));
}

function writeTouch({ words, doubles }: Slab, at: number, { hlc, seq }: Touch, origin: number, state: number): void {
  words[at >>> 2] = hlc;
  words[(at >>> 2) + 1] = Math.floor(hlc / 2 ** 32);
  doubles[(at >>> 3) + 1] = seq;
  words[(at >>> 2) + 4] = origin;
  words[(at + TOUCH_STATE) >>> 2] = state;
}

function headerBytes(flags: number): number {
  const touch = (flags & TOUCHED) === TOUCHED ? TOUCH_BYTES : 0;
  const expiry = (flags & EXPIRES) === 0 ? 0 : EXPIRY_BYTES;
  return HEADER_BYTES + longBytes(flags) + touch + expiry;
}

function longBytes(flags: number): number {
  if ((flags & LONG) === 0) return 0;
  return (flags & MARKED) === 0 ? LONG_BYTES : LONG_BYTES + MARK_BYTES;
}

function padded(keyLength: number): number {
  return keyLength + (-keyLength & 3);
}

function sizeOf(flags: number, keyLength: number, valueLength: number): number {
  const bytes = headerBytes(flags) + padded(keyLength) + valueLength;
  return bytes + (-bytes & 7);
}

function copyTo(bytes: Buffer, at: number, source: Bytes): void {
  const { length } = source;
  if (length > LOOP_BYTES) bytes.set(source, at);
  else for (let i = 0; i < length; i++) bytes[at + i] = source[i]!;
}
