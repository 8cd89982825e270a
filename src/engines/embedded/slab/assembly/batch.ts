import {
  EVICTED,
  EXPIRES,
  EXPIRY_BYTES,
  HEADER_BYTES,
  INPUT,
  KEY_MASK,
  KEY_SHIFT,
  MARK_LATEST,
  MARK_WRITES,
  ORIGIN_BITS,
  RESULTS,
  TOMBSTONE,
  TOUCH_STATE,
  TOUCHED,
  VALUE_MAX,
  VALUE_SHIFT,
  WRITE_BYTES,
  WRITES,
  WRITES_MAX,
} from './layout';
import { insert, overwrite, padded } from './records';
import { ELSEWHERE, findFolded, foldedLength, keyOf, NOWHERE, noteUse, startUses, tellUses } from './search';

/** Of the batch under way: what the next write gets, how many there may be, how many there were. */
let origin: u32 = 0;
let hlc: u64 = 0;
let seq: f64 = 0;
let writesMax: u32 = 0;
let writes: u32 = 0;
/** By how many bytes values have grown. */
let grown: i32 = 0;
/** A folded key in INPUT that stands in the way of a write. */
let foldedKey: usize = NOWHERE;
let foldedKeyLength: u32 = 0;

/** `firstHlc`, `firstSeq`: of the first write; each further one has the next of both. `most`: 0 if none is to be made. */
export function openBatch(ofOrigin: u32, firstHlc: f64, firstSeq: f64, most: u32): void {
  origin = ofOrigin;
  hlc = <u64>firstHlc;
  seq = firstSeq;
  writesMax = most < WRITES_MAX ? most : WRITES_MAX;
  writes = 0;
  grown = 0;
  foldedKey = NOWHERE;
  startUses();
}

/** Returns how many writes were made; WRITES tells of them. */
export function closeBatch(): u32 {
  store<u32>(RESULTS, foldedKey === NOWHERE ? 0 : <u32>(foldedKey - INPUT));
  store<u32>(RESULTS, foldedKeyLength, 8);
  store<i32>(RESULTS, grown, 12);
  tellUses();
  return writes;
}

/** A part is to be written of a key whose parts lie in its mark: they are taken apart for the next batch. Returns that nothing was written. */
export function writeFolded(key: usize, length: u32): bool {
  if (writes === writesMax) return false;
  foldedKey = key;
  foldedKeyLength = length;
  return false;
}

/** Whether the batch under way has written anything. */
export function hasWritten(): bool {
  return writes > 0;
}

/** Of the value that was found last. */
export let valueLength: u32 = 0;

/** Where the value of a record is that a reader at `nowMs` finds; 0: that is not for here. */
export function readValue(record: usize, hash: u32, nowMs: f64): usize {
  const flags = load<u32>(record);
  if ((flags & TOUCHED) !== 0) {
    if ((flags & TOUCHED) !== TOUCHED || load<u32>(record, HEADER_BYTES + TOUCH_STATE) !== 0) return 0;
  }
  valueLength = flags >>> VALUE_SHIFT;
  if (valueLength > VALUE_MAX) return 0;
  const key = keyOf(record);
  if ((flags & EXPIRES) !== 0 && load<f64>(key - EXPIRY_BYTES) <= nowMs) return 0;
  noteUse(hash);
  return key + padded((flags >>> KEY_SHIFT) & KEY_MASK);
}

/** Where the value of a part is; NOWHERE: it was deleted; ELSEWHERE: that is not for here. */
export function readPart(record: usize): usize {
  const flags = load<u32>(record);
  valueLength = flags >>> VALUE_SHIFT;
  if ((flags & (EVICTED | EXPIRES)) !== 0 || valueLength > VALUE_MAX) return ELSEWHERE;
  return (flags & TOMBSTONE) !== 0 ? NOWHERE : keyOf(record) + padded((flags >>> KEY_SHIFT) & KEY_MASK);
}

/** The same of a part that lies in the mark of its key. */
export function readFolded(mark: usize, name: usize, length: u32, hash: u32): usize {
  const value = findFolded(mark, name, length, hash);
  valueLength = foldedLength;
  return value;
}

/** Writes a value that never expires, and tells of it. `record`: what was found of the key. Both are in INPUT. Returns whether it was done. */
export function write(record: usize, hash: u32, key: usize, keyLength: u32, value: usize, length: u32): bool {
  if (!writeAs(record, hash, key, keyLength, value, length, 0, 0)) return false;
  noteUse(hash);
  return true;
}

/** The same of a part, of this kind, of the key with this mark and the hash `whole`. */
export function writePart(
  record: usize,
  hash: u32,
  key: usize,
  keyLength: u32,
  value: usize,
  length: u32,
  mark: usize,
  whole: u32,
  kind: u32,
): bool {
  const time = hlc;
  if (!writeAs(record, hash, key, keyLength, value, length, whole, kind)) return false;
  store<u32>(mark, load<u32>(mark, MARK_WRITES) + 1, MARK_WRITES);
  store<u32>(mark, <u32>time, MARK_LATEST);
  store<u32>(mark, ((<u32>(time >> 32)) << ORIGIN_BITS) | origin, MARK_LATEST + 4);
  return true;
}

// ---

function writeAs(
  record: usize,
  hash: u32,
  key: usize,
  keyLength: u32,
  value: usize,
  length: u32,
  whole: u32,
  kind: u32,
): bool {
  if (writes === writesMax) return false;
  const isNew = record === NOWHERE;
  const former = isNew ? length : load<u32>(record) >>> VALUE_SHIFT;
  const isDone = isNew
    ? insert(hash, key, keyLength, value, length, hlc, seq, origin, 0)
    : overwrite(record, value, length, hlc, seq, origin, 0);
  if (!isDone) return false;
  grown += <i32>length - <i32>former;
  const place = WRITES + WRITE_BYTES * writes;
  store<u32>(place, hash);
  store<u32>(place, <u32>(key - INPUT), 4);
  store<u32>(place, <u32>(key - INPUT) + keyLength, 8);
  store<u32>(place, <u32>(value - INPUT), 12);
  store<u32>(place, <u32>(value - INPUT) + length, 16);
  store<u32>(place, isNew ? 1 : 0, 20);
  store<u32>(place, whole, 24);
  store<u32>(place, kind, 28);
  writes++;
  hlc++;
  seq += 1;
  return true;
}
