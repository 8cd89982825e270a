import {
  EXPIRES,
  EXPIRY_BYTES,
  FOLDED_EXPIRES,
  FOLDED_SEVERAL,
  HEAD,
  HEADER_BYTES,
  KEY_MASK,
  KEY_SHIFT,
  LONG,
  LONG_BYTES,
  MARK_BYTES,
  MARK_PLAIN,
  MARKED,
  RESULTS,
  SHARDS,
  SLAB_HIGH_BITS,
  SLAB_HIGH_MASK,
  SLAB_LOW_BITS,
  SLABS,
  SLABS_MAX,
  TAG_SHIFT,
  TOUCH_BYTES,
  TOUCHED,
  UNIT_BITS,
  UNIT_BYTES,
  UNIT_MASK,
  USES,
  WAITS,
} from './layout';

/** Of the key that was found or entered last. */
let slotNumber: u32 = 0;
let uses: u32 = 0;

/** In place of a record: the key is not in the store, or nothing can be said of it here. */
export const NOWHERE: usize = 0;
export const ELSEWHERE: usize = 1;

/**
 * Reads where the searches begin, then the records: the processor fetches at the same time what does not depend on each other.
 * So there is a loop for each, as short as can be. `at`: of the first hash; `step`: bytes from one to the next.
 */
export function fetch(at: usize, step: usize, count: u32): void {
  let seen: u32 = 0;
  for (let i: u32 = 0; i < count; i++) seen ^= load<u32>(home(load<u32>(at + step * i)));
  for (let i: u32 = 0; i < count; i++) {
    const record = guess(load<u32>(at + step * i));
    seen ^= load<u32>(record) ^ load<u32>(record, 64) ^ load<u32>(record, 128);
  }
  store<u32>(RESULTS, seen, 20);
}

/** The first slot of a search; 0 if that part of the index is elsewhere. */
function home(hash: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  const slots = load<u32>(shard);
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> TAG_SHIFT;
  return slots + 8 * (((hash >>> 6) & 63) * capacity + <u32>((<u64>tag * <u64>capacity) >> 20));
}

/** The record of the first slot that has this tag; where there is none, some other place. */
function guess(hash: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  if (load<u32>(shard) === 0) return 0;
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> TAG_SHIFT;
  const first = load<u32>(shard) + 8 * ((hash >>> 6) & 63) * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  for (let value = load<u64>(slot); value !== 0; value = load<u64>(slot)) {
    if (<u32>value >>> SLAB_HIGH_BITS === tag) return recordOf(value);
    slot += 8;
    if (slot === end) slot = first;
  }
  return 0;
}

/** ELSEWHERE: its slab is not in this memory. */
function recordOf(slot: u64): usize {
  const low = <u32>(slot >> 32);
  const slab = ((<u32>slot & SLAB_HIGH_MASK) << SLAB_LOW_BITS) | (low >>> UNIT_BITS);
  if (slab >= SLABS_MAX) return ELSEWHERE;
  const base = load<u32>(SLABS + 4 * slab);
  return base === 0 ? ELSEWHERE : base + UNIT_BYTES * (low & UNIT_MASK);
}

/** The record of a full key; NOWHERE or ELSEWHERE. */
export function find(hash: u32, key: usize, length: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  if (load<u32>(shard) === 0) return ELSEWHERE;
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> TAG_SHIFT;
  const first = load<u32>(shard) + 8 * ((hash >>> 6) & 63) * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  for (let value = load<u64>(slot); value !== 0; value = load<u64>(slot)) {
    if (<u32>value >>> SLAB_HIGH_BITS === tag) {
      const record = recordOf(value);
      if (record === ELSEWHERE || (load<u32>(record) & LONG) !== 0) return ELSEWHERE;
      if (hasKey(record, key, length)) {
        slotNumber = <u32>(slot - load<u32>(shard)) >>> 3;
        return record;
      }
    }
    slot += 8;
    if (slot === end) slot = first;
  }
  return NOWHERE;
}

/** The mark of a full key that has parts; NOWHERE or ELSEWHERE, also where it is no such key. */
export function findMark(hash: u32, key: usize, length: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  if (load<u32>(shard) === 0) return ELSEWHERE;
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> TAG_SHIFT;
  const first = load<u32>(shard) + 8 * ((hash >>> 6) & 63) * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  for (let value = load<u64>(slot); value !== 0; value = load<u64>(slot)) {
    if (<u32>value >>> SLAB_HIGH_BITS === tag) {
      const record = recordOf(value);
      if (record === ELSEWHERE || (load<u32>(record) & LONG) === 0) return ELSEWHERE;
      if ((load<u32>(record) & MARKED) === 0) return ELSEWHERE;
      const known = keyOf(record) + LONG_BYTES + MARK_BYTES;
      if (load<u32>(record, HEADER_BYTES) === length && isSame(known, key, length)) {
        slotNumber = <u32>(slot - load<u32>(shard)) >>> 3;
        return record;
      }
    }
    slot += 8;
    if (slot === end) slot = first;
  }
  return NOWHERE;
}

/** The kind of all parts of a key, by its mark, with FOLDED if they lie there; 0: they are not that simple. */
export function plainKind(mark: usize): u32 {
  return load<u32>(mark, MARK_PLAIN) & ~WAITS;
}

/** Of the folded part that was found last. */
export let foldedLength: u32 = 0;

/** The value of a folded part (see ../folded.ts), by its name and the hash of its key; NOWHERE. */
export function findFolded(mark: usize, name: usize, length: u32, hash: u32): usize {
  const key = keyOf(mark) + LONG_BYTES + MARK_BYTES;
  const start = key + ((load<u32>(mark, HEADER_BYTES) + 3) & ~3);
  const end = start + load<u32>(mark, HEADER_BYTES + 4);
  const flags = load<u8>(start, 1);
  const skipped: usize = (flags & FOLDED_SEVERAL) === 0 ? 1 : 2;
  for (let at = start + load<u8>(start); at < end; ) {
    const nameLength = readNumber(at);
    const valueLength = readNumber(behind);
    const hashByte = load<u8>(behind);
    at = skipNumber(skipNumber(behind + skipped)) + nameLength + valueLength;
    if (nameLength !== length || hashByte !== (hash & 0xff)) continue;
    if ((at === end && (flags & FOLDED_EXPIRES) !== 0) || !isSame(at - valueLength - nameLength, name, length))
      continue;
    foldedLength = valueLength;
    return at - valueLength;
  }
  return NOWHERE;
}

/** What is behind the number that was read last. */
let behind: usize = 0;

/** Of at most 28 bits. */
function readNumber(at: usize): u32 {
  let value: u32 = 0;
  let shift: u32 = 0;
  behind = at;
  for (let byte: u32 = 128; byte >= 128; shift += 7) {
    byte = load<u8>(behind++);
    value |= (byte & 127) << shift;
  }
  return value;
}

function skipNumber(at: usize): usize {
  let next = at;
  while (load<u8>(next++) >= 128);
  return next;
}

export function keyOf(record: usize): usize {
  const flags = load<u32>(record);
  const key = record + HEADER_BYTES + ((flags & EXPIRES) === 0 ? 0 : EXPIRY_BYTES);
  return (flags & TOUCHED) === TOUCHED ? key + TOUCH_BYTES : key;
}

function hasKey(record: usize, key: usize, length: u32): bool {
  if (((load<u32>(record) >>> KEY_SHIFT) & KEY_MASK) !== length) return false;
  return isSame(keyOf(record), key, length);
}

function isSame(known: usize, key: usize, length: u32): bool {
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(known + i) !== load<u64>(key + i)) return false;
  for (; i < length; i++) if (load<u8>(known + i) !== load<u8>(key + i)) return false;
  return true;
}

export function enter(shard: usize, region: u32, hash: u32, highWord: u32, lowWord: u32): void {
  const capacity = load<u32>(shard, 4);
  const first = load<u32>(shard) + 8 * region * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  while (load<u64>(slot) !== 0) {
    slot += 8;
    if (slot === end) slot = first;
  }
  store<u32>(slot, highWord);
  store<u32>(slot, lowWord, 4);
  slotNumber = <u32>(slot - load<u32>(shard)) >>> 3;
}

/** For the store, which may note when entries were used. */
export function noteUse(hash: u32): void {
  store<u32>(USES + 8 * uses, hash);
  store<u32>(USES + 8 * uses, slotNumber, 4);
  uses++;
}

export function startUses(): void {
  uses = 0;
}

export function tellUses(): void {
  store<u32>(HEAD, uses, 16);
}
