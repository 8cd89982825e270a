import {
  hasWritten,
  readFolded,
  readPart,
  valueLength,
  writeFolded,
  writePart,
} from '../../../engines/embedded/slab/assembly/batch';
import { FOLDED } from '../../../engines/embedded/slab/assembly/layout';
import { openMembers, rankOf } from '../../../engines/embedded/slab/assembly/members';
import { ELSEWHERE, find, findMark, NOWHERE, noteUse, plainKind } from '../../../engines/embedded/slab/assembly/search';
import {
  COUNT,
  FIELD,
  HASH,
  HGET,
  HSET,
  INCR,
  KEY,
  KEY_LENGTH,
  MEMBER,
  PART_HASH,
  PART_KEY,
  PART_LENGTH,
  SADD,
  SCORE,
  SISMEMBER,
  take,
  VALUE,
  VALUE_LENGTH,
  ZADD,
  ZRANK,
  ZSCORE,
} from './reading';
import { isScoreShort, tell, tellInteger, tellNothing, tellScore } from './replies';

/** Commands of one part of a key that has parts of their kind alone, all alive and for good: its mark says so. The first part is not made here. */
export function performPart(request: usize): bool {
  const kind = load<u32>(request);
  const mark = findMark(load<u32>(request, HASH), load<u32>(request, KEY), load<u32>(request, KEY_LENGTH));
  if (mark === ELSEWHERE) return false;
  if (mark === NOWHERE) return tellNoKey(kind);
  const plain = plainKind(mark);
  if (plain === (wantedKind(kind) | FOLDED)) return performFolded(request, kind, mark);
  if (plain !== wantedKind(kind)) return false;
  noteUse(load<u32>(request, HASH));
  const record = find(load<u32>(request, PART_HASH), load<u32>(request, PART_KEY), load<u32>(request, PART_LENGTH));
  if (record === ELSEWHERE) return false;
  const value = record === NOWHERE ? NOWHERE : readPart(record);
  if (value === ELSEWHERE) return false;
  if (kind === HGET) return tellOfField(value);
  if (kind === ZSCORE || kind === ZRANK) return tellOfScore(request, value);
  if (kind === SISMEMBER || (kind === SADD && value !== NOWHERE)) {
    tellInteger(kind === SISMEMBER && value !== NOWHERE ? 1 : 0);
    return true;
  }
  // One that was deleted, whose tombstone is longer or shorter.
  if (value === NOWHERE && record !== NOWHERE) return false;
  if (kind === ZADD) return addScore(request, mark, record, value);
  if (kind === INCR) return increment(request, mark, record, value);
  const isField = kind === HSET;
  const text: usize = isField ? load<u32>(request, VALUE) : load<u32>(request, PART_KEY);
  if (!put(request, mark, record, wantedKind(kind), text, isField ? load<u32>(request, VALUE_LENGTH) : 0)) return false;
  tellInteger(record === NOWHERE ? 1 : 0);
  return true;
}

// ---

/** The same, where the parts lie in the mark. */
function performFolded(request: usize, kind: u32, mark: usize): bool {
  if (kind === ZRANK) return false;
  if (kind !== HGET && kind !== SISMEMBER && kind !== ZSCORE) {
    return writeFolded(load<u32>(request, KEY), load<u32>(request, KEY_LENGTH));
  }
  const length = load<u32>(request, KEY_LENGTH) - 1;
  const prefix = 1 + (length < 0x80 ? 1 : 2) + length;
  const name = load<u32>(request, PART_KEY) + prefix;
  const value = readFolded(mark, name, load<u32>(request, PART_LENGTH) - prefix, load<u32>(request, PART_HASH));
  noteUse(load<u32>(request, HASH));
  if (kind === HGET) return tellOfField(value);
  if (kind === ZSCORE) return tellOfScore(request, value);
  tellInteger(value === NOWHERE ? 0 : 1);
  return true;
}

function tellOfField(value: usize): bool {
  if (value === NOWHERE) tellNothing();
  else tell(value, valueLength);
  return true;
}

function tellNoKey(kind: u32): bool {
  if (kind === HGET || kind === ZSCORE || kind === ZRANK) tellNothing();
  else if (kind === SISMEMBER) tellInteger(0);
  else return false;
  return true;
}

function wantedKind(kind: u32): u32 {
  if (kind < SADD) return FIELD;
  return kind < ZADD ? MEMBER : kind === INCR ? COUNT : SCORE;
}

/** Of a member: its score, or how many are before it. */
function tellOfScore(request: usize, value: usize): bool {
  if (value === NOWHERE) {
    tellNothing();
    return true;
  }
  if (valueLength !== 8) return false;
  const score = reinterpret<f64>(bswap<u64>(load<u64>(value)));
  if (load<u32>(request) === ZSCORE) {
    if (!isScoreShort(score)) return false;
    tellScore(score);
    return true;
  }
  const whole = load<u32>(request, KEY_LENGTH);
  if (hasWritten() || openMembers(load<u32>(request, HASH), load<u32>(request, KEY), whole) < 0) return false;
  tellInteger(rankOf(score, load<u32>(request, VALUE), load<u32>(request, VALUE_LENGTH)));
  return true;
}

function put(request: usize, mark: usize, record: usize, kind: u32, value: usize, length: u32): bool {
  const key = load<u32>(request, PART_KEY);
  const keyLength = load<u32>(request, PART_LENGTH);
  const hash = load<u32>(request, PART_HASH);
  return writePart(record, hash, key, keyLength, value, length, mark, load<u32>(request, HASH), kind);
}

/** Behind the new score is the one before, for the store. */
function addScore(request: usize, mark: usize, record: usize, value: usize): bool {
  const text = load<u32>(request, VALUE);
  const length = load<u32>(request, VALUE_LENGTH);
  if (length === 0 || length > 15) return false;
  let number: u64 = 0;
  for (let i: usize = 0; i < length; i++) {
    const digit = <u32>load<u8>(text + i) - 0x30;
    if (digit > 9) return false;
    number = number * 10 + digit;
  }
  const score = bswap<u64>(reinterpret<u64>(<f64>number));
  if (value !== NOWHERE && (valueLength !== 8 || load<u64>(value) === score)) {
    if (valueLength === 8) tellInteger(0);
    return valueLength === 8;
  }
  const place = take(16);
  store<u64>(place, score);
  if (value !== NOWHERE) store<u64>(place, load<u64>(value), 8);
  if (!put(request, mark, record, SCORE, place, 8)) return false;
  tellInteger(value === NOWHERE ? 1 : 0);
  return true;
}

/** Of a number to which this replica alone has added, see the core's parts.ts. */
function increment(request: usize, mark: usize, record: usize, value: usize): bool {
  if (value === NOWHERE || valueLength < 16 || valueLength > 128) return false;
  const sum = load<i64>(value);
  if (sum === i64.MAX_VALUE) return false;
  const place = take(160);
  for (let i: usize = 0; i < valueLength; i += 16) v128.store(place + i, v128.load(value + i));
  store<i64>(place, sum + 1);
  if (!put(request, mark, record, COUNT, place, valueLength)) return false;
  tellInteger(sum + 1);
  return true;
}
