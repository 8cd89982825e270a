import type { Steps } from './steps.js';

/** Keys and values are bytes; nothing in the core looks inside a value. */
export type Bytes = Uint8Array;

/** Entries are spread over this many buckets by the hash of their key; scans, snapshots and digests go bucket by bucket. */
export const BUCKETS = 4096;

/** Lexicographic order of bytes, shorter first: -1, 0 or 1. */
export function compareBytes(a: Bytes, b: Bytes): -1 | 0 | 1 {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference < 0 ? -1 : 1;
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1;
}

/** A string that is equal exactly when the bytes are: one character per byte (latin1). The index key of maps. */
export function bytesToId(bytes: Bytes): string {
  // Up to twelve characters a string grows in place; a longer one would become a tree of pieces.
  if (bytes.length > 12) return asBuffer(bytes).toString('latin1');
  let id = '';
  for (let i = 0; i < bytes.length; i++) id += String.fromCharCode(bytes[i]!);
  return id;
}

function asBuffer(bytes: Bytes): Buffer {
  return bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** The inverse of {@link bytesToId}. */
export function idToBytes(id: string): Bytes {
  return Buffer.from(id, 'latin1');
}

/** A text, in UTF-8, and the bytes behind it. */
export function prefixed(text: string, bytes: Bytes): Bytes {
  const length = Buffer.byteLength(text);
  const whole = Buffer.allocUnsafe(length + bytes.length);
  whole.write(text);
  whole.set(bytes, length);
  return whole;
}

const HASH_SEED = 0x811c9dc5;

/** 32-bit FNV-1a with a final avalanche (Murmur3 fmix32), so that the low bits alone spread well. Unsigned. */
export function hashBytes(bytes: Bytes, seed = HASH_SEED): number {
  return hashPart(bytes, 0, bytes.length, seed);
}

/** The same of the bytes from `start` to before `end`. */
export function hashPart(bytes: Bytes, start: number, end: number, seed = HASH_SEED): number {
  let hash = seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return avalanche(hash);
}

/** The same as {@link hashBytes}, of bytes of any number: a step is a millisecond or less. */
export function* hashSteps(bytes: Bytes): Steps<number> {
  let hash = HASH_SEED;
  for (let start = 0; start < bytes.length; start += HASHED_PER_STEP) {
    if (start > 0) yield;
    hash = hashStep(bytes, start, Math.min(bytes.length, start + HASHED_PER_STEP), hash);
  }
  return avalanche(hash);
}

/** By itself: inside a generator the loop takes twice as long. */
function hashStep(bytes: Bytes, start: number, end: number, seed: number): number {
  const { imul } = Math;
  let hash = seed;
  for (let i = start; i < end; i++) hash = imul(hash ^ bytes[i]!, 0x01000193);
  return hash;
}

const HASHED_PER_STEP = 256 * 1024;

function avalanche(raw: number): number {
  let hash = raw ^ (raw >>> 16);
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** The seed with which the rest of some bytes has the hash of all of them, if the first is this one. */
export function seedAfter(first: number): number {
  return Math.imul(HASH_SEED ^ first, 0x01000193);
}

/** The bucket of a key, 0 to BUCKETS - 1; the same on every replica. */
export function bucketOf(key: Bytes): number {
  return hashBytes(key) & (BUCKETS - 1);
}
