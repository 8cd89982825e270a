import {
  EVICTED,
  EXPIRES,
  EXPIRY_BYTES,
  INPUT,
  KEY_MASK,
  ORIGIN_BITS,
  ORIGIN_MASK,
  OUTPUT,
  OUTPUT_BYTES,
  RESULTS,
  ROW_HASHES,
  ROW_LENGTHS,
  ROW_ORIGINS,
  ROW_OUTCOMES,
  ROW_SEQS,
  ROW_STARTS,
  TOMBSTONE,
  VALUE_MAX,
  VALUE_SHIFT,
} from './layout';
import { insert, overwrite, padded, whole } from './records';
import { ELSEWHERE, fetch, find, keyOf, NOWHERE, noteUse, startUses, tellUses } from './search';

/** Fetches what a search for each of the first ROW_HASHES will look at. */
export function warm(count: u32): void {
  fetch(ROW_HASHES, 4, count);
}

/** By how many bytes values have grown in the call under way. */
let grown: i32 = 0;

const LEFT: u32 = 0;
const TAKEN: u32 = 1;
const OVERRIDDEN: u32 = 2;
/** Taken, and its key was not here. */
const ADDED: u32 = 3;

/**
 * Puts the entries of rows where they override what is here. Packed entries (see the core's packed-entries.ts) are at
 * ROW_STARTS in INPUT, ROW_ORIGINS has the numbers of their origins. ROW_OUTCOMES says of each what became of it.
 */
export function takeRows(count: u32): void {
  let greatest: u64 = 0;
  let greatestTaken: u64 = 0;
  grown = 0;
  startUses();
  for (let i: u32 = 0; i < count; i++) {
    const row = INPUT + load<u32>(ROW_STARTS + 4 * i);
    const time = ((<u64>load<u32>(row, 16)) << 32) | <u64>load<u32>(row, 12);
    const outcome = takeRow(row, time, load<u32>(ROW_HASHES + 4 * i));
    store<u32>(ROW_OUTCOMES + 4 * i, outcome);
    if (outcome !== LEFT && time > greatest) greatest = time;
    if (outcome !== TAKEN && outcome !== ADDED) continue;
    noteUse(load<u32>(ROW_HASHES + 4 * i));
    if (time > greatestTaken) greatestTaken = time;
  }
  store<i32>(RESULTS, grown, 12);
  store<f64>(RESULTS, <f64>greatest, 24);
  store<f64>(RESULTS, <f64>greatestTaken, 32);
  tellUses();
}

/** Flags of packed entries. */
const PACKED_EXPIRES: u32 = 2;
const OTHER_WRITE: u32 = 16;
const PACKED_FLAGS: u32 = 0xff;
const PACKED_HEAD: usize = 28;
/** Of the first bytes of keys those of parts (see the core's parts.ts). */
const PARTS_FROM: u8 = 16;
const PARTS_END: u8 = 96;

function takeRow(row: usize, time: u64, hash: u32): u32 {
  const head = load<u32>(row);
  const keyLength = load<u32>(row, 4);
  const length = load<u32>(row, 8);
  if ((head & PACKED_FLAGS & ~(PACKED_EXPIRES | OTHER_WRITE)) !== 0 || keyLength > KEY_MASK || length > VALUE_MAX)
    return LEFT;
  const origin = load<u32>(ROW_ORIGINS + 4 * (head >>> 8));
  if (origin > ORIGIN_MASK) return LEFT;
  const expires = (head & PACKED_EXPIRES) !== 0;
  const key = row + PACKED_HEAD + (expires ? 8 : 0) + ((head & OTHER_WRITE) === 0 ? 0 : 8);
  // Whether a part may be put depends on the whole of its key.
  const first = load<u8>(key);
  if (first >= PARTS_FROM && first < PARTS_END) return LEFT;
  const record = find(hash, key, keyLength);
  if (record === ELSEWHERE) return LEFT;
  const value = key + padded(keyLength);
  const seq = whole(row + 20);
  const expiryMs = expires ? whole(row + PACKED_HEAD) : 0;
  if (record === NOWHERE) {
    return insert(hash, key, keyLength, value, length, time, seq, origin, expiryMs) ? ADDED : LEFT;
  }
  const known = ((<u64>(load<u32>(record, 12) >>> ORIGIN_BITS)) << 32) | <u64>load<u32>(record, 8);
  // Of two that are the same, the names of their origins decide.
  if (time === known) return LEFT;
  if (time < known) return OVERRIDDEN;
  const former = load<u32>(record) >>> VALUE_SHIFT;
  if (!overwrite(record, value, length, time, seq, origin, expiryMs)) return LEFT;
  grown += <i32>length - <i32>former;
  return TAKEN;
}

/**
 * Packs the entries of rows, as packed entries of the origin with the number `packedOrigin`, into OUTPUT: as long as they are
 * the very writes that the rows are of, by `origin`. Their keys are at ROW_STARTS in INPUT. Returns how many.
 */
export function packRows(count: u32, origin: u32, packedOrigin: u32): u32 {
  let to = OUTPUT;
  let i: u32 = 0;
  for (; i < count && to < OUTPUT + OUTPUT_BYTES - 0x2000; i++) {
    const keyLength = load<u32>(ROW_LENGTHS + 4 * i);
    const record = find(load<u32>(ROW_HASHES + 4 * i), INPUT + load<u32>(ROW_STARTS + 4 * i), keyLength);
    if (record === NOWHERE || record === ELSEWHERE) break;
    const flags = load<u32>(record);
    const length = flags >>> VALUE_SHIFT;
    const seq = load<f64>(record, 16);
    if ((flags & (TOMBSTONE | EVICTED)) !== 0 || length > VALUE_MAX) break;
    const high = load<u32>(record, 12);
    if ((high & ORIGIN_MASK) !== origin || seq !== load<f64>(ROW_SEQS + 8 * i)) break;
    const expires = (flags & EXPIRES) !== 0;
    store<u32>(to, (packedOrigin << 8) | (expires ? PACKED_EXPIRES : 0));
    store<u32>(to, keyLength, 4);
    store<u32>(to, length, 8);
    store<u32>(to, load<u32>(record, 8), 12);
    store<u32>(to, high >>> ORIGIN_BITS, 16);
    store<u64>(to, <u64>seq, 20);
    const key = keyOf(record);
    if (expires) store<u64>(to + PACKED_HEAD, <u64>load<f64>(key - EXPIRY_BYTES));
    to = copyPadded(to + PACKED_HEAD + (expires ? 8 : 0), key, keyLength);
    to = copyPadded(to, key + padded(keyLength), length);
  }
  store<u32>(RESULTS, <u32>(to - OUTPUT), 4);
  return i;
}

/** With zeros up to a multiple of 4. Returns what follows. */
function copyPadded(to: usize, from: usize, length: u32): usize {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  store<u32>(to + length, 0);
  return to + padded(length);
}
