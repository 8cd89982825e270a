import {
  COUNTS,
  DIGESTS_HIGH,
  DIGESTS_LOW,
  EVICTED,
  EXPIRES,
  EXPIRY_BYTES,
  HEAD,
  HEADER_BYTES,
  KEY_MASK,
  KEY_SHIFT,
  LOAD_MAX,
  ORIGIN_BITS,
  ORIGIN_MASK,
  ORIGINS,
  SHARDS,
  SLAB_HIGH_BITS,
  SLAB_LOW_BITS,
  TAG_SHIFT,
  TOMBSTONE,
  UNIT_BITS,
  VALUE_SHIFT,
} from './layout';
import { enter, keyOf } from './search';

/**
 * `expiryMs`: 0 for none. Returns whether it was done: the record has to be of a value that was never touched, and to keep its form and
 * size.
 */
export function overwrite(
  record: usize,
  value: usize,
  length: u32,
  hlc: u64,
  seq: f64,
  origin: u32,
  expiryMs: f64,
): bool {
  const flags = load<u32>(record);
  if ((flags & (TOMBSTONE | EVICTED)) !== 0 || ((flags & EXPIRES) !== 0) !== (expiryMs !== 0)) return false;
  const keyBytes = padded((flags >>> KEY_SHIFT) & KEY_MASK);
  if (((keyBytes + (flags >>> VALUE_SHIFT) + 7) & ~7) !== ((keyBytes + length + 7) & ~7)) return false;
  const hash = load<u32>(record, 4);
  const bucket = hash & 0xfff;
  digest(bucket, -1, hash, load<u32>(record, 12) & ORIGIN_MASK, load<u32>(record, 8), low(load<f64>(record, 16)));
  digest(bucket, 1, hash, origin, <u32>hlc, low(seq));
  store<u32>(record, (flags & 0xffff) | (length << VALUE_SHIFT));
  store<u32>(record, <u32>hlc, 8);
  store<u32>(record, ((<u32>(hlc >> 32)) << ORIGIN_BITS) | origin, 12);
  store<f64>(record, seq, 16);
  const key = keyOf(record);
  if (expiryMs !== 0) store<f64>(key - EXPIRY_BYTES, expiryMs);
  // A value begins at a multiple of 4, and a record ends at one.
  copyWords(key + keyBytes, value, length);
  return true;
}

/**
 * Writes the record of a key that is not here, and enters it. Returns whether it was done: there has to be room in its region of
 * the index and in the slab.
 */
export function insert(
  hash: u32,
  key: usize,
  keyLength: u32,
  value: usize,
  length: u32,
  hlc: u64,
  seq: f64,
  origin: u32,
  expiryMs: f64,
): bool {
  const shard = SHARDS + 8 * (hash & 63);
  const capacity = load<u32>(shard, 4);
  const region = (hash >>> 6) & 63;
  const counted = COUNTS + 4 * (64 * (hash & 63) + region);
  const count = load<u32>(counted) + 1;
  if (<f64>count > <f64>capacity * LOAD_MAX) return false;
  const header = <u32>(expiryMs === 0 ? HEADER_BYTES : HEADER_BYTES + EXPIRY_BYTES);
  const size = (header + padded(keyLength) + length + 7) & ~7;
  const offset = load<u32>(HEAD, 8);
  if (offset + size > load<u32>(HEAD, 12)) return false;
  store<u32>(HEAD, offset + size, 8);
  store<u32>(counted, count);
  const slab = load<u32>(HEAD);
  enter(
    shard,
    region,
    hash,
    ((hash >>> TAG_SHIFT) << SLAB_HIGH_BITS) | (slab >>> SLAB_LOW_BITS),
    (slab << UNIT_BITS) | (offset >>> 3),
  );
  const record = <usize>load<u32>(HEAD, 4) + offset;
  store<u32>(record, (expiryMs === 0 ? 0 : EXPIRES) | (keyLength << KEY_SHIFT) | (length << VALUE_SHIFT));
  store<u32>(record, hash, 4);
  store<u32>(record, <u32>hlc, 8);
  store<u32>(record, ((<u32>(hlc >> 32)) << ORIGIN_BITS) | origin, 12);
  store<f64>(record, seq, 16);
  if (expiryMs !== 0) store<f64>(record, expiryMs, HEADER_BYTES);
  copyWords(record + header, key, keyLength);
  copyWords(record + header + padded(keyLength), value, length);
  digest(hash & 0xfff, 1, hash, origin, <u32>hlc, low(seq));
  return true;
}

/** `to`: a multiple of 4, with room for whole words. */
function copyWords(to: usize, from: usize, length: u32): void {
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < length; i += 4) store<u32>(to + i, load<u32>(from + i));
}

export function padded(length: u32): u32 {
  return (length + 3) & ~3;
}

function low(value: f64): u32 {
  return <u32>(<u64>value);
}

/** See Digests in the core. */
function digest(bucket: u32, by: i32, key: u32, origin: u32, hlc: u32, seq: u32): void {
  const name = load<u32>(ORIGINS + 4 * origin);
  const first = DIGESTS_LOW + 4 * bucket;
  const second = DIGESTS_HIGH + 4 * bucket;
  store<i32>(first, load<i32>(first) + by * mix(key, name, seq, hlc));
  store<i32>(second, load<i32>(second) + by * mix(name, key, hlc, seq));
}

function mix(a: u32, b: u32, c: u32, d: u32): i32 {
  let value: u32 = (a * 0xcc9e2d51) ^ b;
  value = ((value ^ (value >>> 15)) * 0x1b873593) ^ c;
  value = ((value ^ (value >>> 13)) * 0x85ebca6b) ^ d;
  value = (value ^ (value >>> 15)) * 0xc2b2ae35;
  return <i32>(value ^ (value >>> 16));
}

export function whole(at: usize): f64 {
  return <f64>(((<u64>load<u32>(at, 4)) << 32) | <u64>load<u32>(at));
}
