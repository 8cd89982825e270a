import { hasWritten } from '../../../engines/embedded/slab/assembly/batch';
import {
  MEMBER_LENGTH,
  MEMBER_NAME,
  MEMBERS,
  MEMBERS_MAX,
  VALUE_MAX,
} from '../../../engines/embedded/slab/assembly/layout';
import { countBelow, listMembers, openMembers } from '../../../engines/embedded/slab/assembly/members';
import { ELSEWHERE, findMark, NOWHERE, noteUse, plainKind } from '../../../engines/embedded/slab/assembly/search';
import { argument, shortNumber } from './arguments';
import { HASH, KEY, KEY_LENGTH, SCORE, ZRANGE, ZRANGEBYSCORE, ZREVRANGE, ZREVRANGEBYSCORE } from './reading';
import { isScoreShort, SCORE_BYTES, tell, tellArray, tellMemberCount, tellPair, tellScore } from './replies';

// What is known of a range besides what is known of every request.
const FROM: usize = 28;
const TO: usize = 36;
const FLAGS: usize = 44;
const OFFSET: usize = 48;
const LIMIT: usize = 52;
const WORD: usize = 56;

const BY_SCORE: u32 = 1;
const REVERSED: u32 = 2;
const WITH_SCORES: u32 = 4;
const LIMITED: u32 = 8;
/** What a reply has beside each name. */
const BULK_BYTES: u32 = 12;

/** Reads what follows the key of a range: its ends, and `more` options. Returns what follows; 0: it is not for here. */
export function readRange(kind: u32, from: usize, more: u32, end: usize, request: usize): usize {
  let at = argument(from, end, request + FROM);
  if (at === 0) return 0;
  at = argument(at, end, request + TO);
  let flags: u32 = kind === ZRANGEBYSCORE || kind === ZREVRANGEBYSCORE ? BY_SCORE : 0;
  if (kind === ZREVRANGE || kind === ZREVRANGEBYSCORE) flags |= REVERSED;
  for (let left = more; left > 0 && at !== 0; left--) {
    at = argument(at, end, request + WORD);
    if (at === 0) return 0;
    const word = wordAt(load<u32>(request, WORD), load<u32>(request, WORD + 4));
    // Most of those that come twice are errors, and where the name of the command says it, so are all.
    if (word === 0 || (flags & word) !== 0 || (kind !== ZRANGE && (word & (BY_SCORE | REVERSED)) !== 0)) return 0;
    flags |= word;
    if (word !== LIMITED) continue;
    if (left < 3) return 0;
    at = number(at, end, request, OFFSET);
    if (at !== 0) at = number(at, end, request, LIMIT);
    left -= 2;
  }
  // A limit of ranks is an error.
  if ((flags & LIMITED) !== 0 && (flags & BY_SCORE) === 0) return 0;
  store<u32>(request, flags, FLAGS);
  return at;
}

/** The members of a range of a key of which all parts are scores, alive and for good. Returns whether it was for here. */
export function performRange(request: usize): bool {
  const hash = load<u32>(request, HASH);
  const key = load<u32>(request, KEY);
  const keyLength = load<u32>(request, KEY_LENGTH);
  const mark = findMark(hash, key, keyLength);
  if (mark === ELSEWHERE || !readEnds(request)) return false;
  if (mark === NOWHERE) {
    tellArray(0);
    return true;
  }
  if (plainKind(mark) !== SCORE || hasWritten()) return false;
  noteUse(hash);
  const size = openMembers(hash, key, keyLength);
  if (size < 0) return false;
  const flags = load<u32>(request, FLAGS);
  if ((flags & BY_SCORE) === 0) takeRanks(size, (flags & REVERSED) !== 0);
  else takeScores(request);
  return tellMembers(flags);
}

// ---

/** The ends of the range that is performed: ranks, or scores and whether they are left out. */
let one: f64 = 0;
let other: f64 = 0;
let isOneOpen: bool = false;
let isOtherOpen: bool = false;
/** Which members they come to. */
let first: i32 = 0;
let count: i32 = 0;

/** Reads a whole number. Returns what follows; 0: it is not for here. */
function number(from: usize, end: usize, request: usize, place: usize): usize {
  const at = argument(from, end, request + WORD);
  if (at === 0) return 0;
  const value = wholeNumber(load<u32>(request, WORD), load<u32>(request, WORD + 4));
  if (!(value >= -1e9 && value <= 1e9)) return 0;
  store<i32>(request + place, <i32>value);
  return at;
}

/** As they are written where no other text is the same number: NaN where it is not for here. */
function wholeNumber(at: usize, length: u32): f64 {
  const value = shortNumber(at, length);
  const from: u32 = value < 0 ? 1 : 0;
  const isPlain = load<u8>(at) !== 0x2d || value < 0;
  return isPlain && (length === from + 1 || load<u8>(at + from) !== 0x30) ? value : NaN;
}

function readEnds(request: usize): bool {
  const isByScore = (load<u32>(request, FLAGS) & BY_SCORE) !== 0;
  one = endAt(load<u32>(request, FROM), load<u32>(request, FROM + 4), isByScore);
  isOneOpen = isOpen;
  other = endAt(load<u32>(request, TO), load<u32>(request, TO + 4), isByScore);
  isOtherOpen = isOpen;
  // Neither is NaN.
  return one <= Infinity && other <= Infinity;
}

/** Of the end that was read last. */
let isOpen: bool = false;

function endAt(text: usize, textLength: u32, isScore: bool): f64 {
  isOpen = false;
  if (!isScore) return wholeNumber(text, textLength);
  isOpen = textLength > 0 && load<u8>(text) === 0x28;
  const at = isOpen ? text + 1 : text;
  const length = isOpen ? textLength - 1 : textLength;
  const word = length === 4 ? load<u32>(at) | 0x20202000 : 0;
  if (word === 0x666e692b) return Infinity;
  return word === 0x666e692d ? -Infinity : shortNumber(at, length);
}

/** An option by its flag; 0: another one. */
function wordAt(at: usize, length: u32): u32 {
  const head = load<u32>(at) | 0x20202020;
  if (length === 3) return (head & 0xffffff) === 0x766572 ? REVERSED : 0;
  if (length === 5) return head === 0x696d696c && (load<u8>(at, 4) | 0x20) === 0x74 ? LIMITED : 0;
  if (length === 7) return head === 0x63737962 && (load<u32>(at, 3) | 0x20202020) === 0x65726f63 ? BY_SCORE : 0;
  if (length !== 10 || head !== 0x68746977 || (load<u32>(at, 4) | 0x20202020) !== 0x726f6373) return 0;
  return (load<u32>(at, 6) | 0x20202020) === 0x7365726f ? WITH_SCORES : 0;
}

/** As `readRange` of sorted-set/ranges.ts. */
function takeRanks(size: i32, isReversed: bool): void {
  const all: f64 = size;
  const from = max<f64>(0, one < 0 ? all + one : one);
  const last = min<f64>(all - 1, other < 0 ? all + other : other);
  if (isReversed) takeBetween(all - 1 - last, all - from);
  else takeBetween(from, last + 1);
}

function takeScores(request: usize): void {
  const isReversed = (load<u32>(request, FLAGS) & REVERSED) !== 0;
  if (isReversed) takeBetween(countBelow(other, isOtherOpen), countBelow(one, !isOneOpen));
  else takeBetween(countBelow(one, isOneOpen), countBelow(other, !isOtherOpen));
  if ((load<u32>(request, FLAGS) & LIMITED) === 0) return;
  // As `ranksOf` of sorted-set/ranging.ts.
  const offset = load<i32>(request, OFFSET);
  const limit = load<i32>(request, LIMIT);
  const rest = offset < 0 || offset > count ? 0 : count - offset;
  const kept = limit < 0 || limit > rest ? rest : limit;
  first = isReversed ? first + rest - kept : first + count - rest;
  count = kept;
}

function takeBetween(from: f64, end: f64): void {
  first = from < end ? <i32>from : 0;
  count = from < end ? <i32>(end - from) : 0;
}

function tellMembers(flags: u32): bool {
  if (count > MEMBERS_MAX) return false;
  const isReversed = (flags & REVERSED) !== 0;
  if (count > 0 && !listMembers(isReversed ? first + count - 1 : first, count, isReversed)) return false;
  const withScores = (flags & WITH_SCORES) !== 0;
  if (!hasRoomFor(withScores)) return false;
  tellMemberCount(count, withScores);
  let member = MEMBERS;
  for (let i = 0; i < count; i++) {
    const length = load<u32>(member, MEMBER_LENGTH);
    if (withScores) tellPair();
    tell(member + MEMBER_NAME, length);
    if (withScores) tellScore(load<f64>(member));
    member = next(member);
  }
  return true;
}

/** Whether all that was listed is short enough to be told. */
function hasRoomFor(withScores: bool): bool {
  let bytes: u32 = 0;
  let member = MEMBERS;
  for (let i = 0; i < count; i++) {
    if (withScores && !isScoreShort(load<f64>(member))) return false;
    bytes += load<u32>(member, MEMBER_LENGTH) + BULK_BYTES + (withScores ? SCORE_BYTES : 0);
    member = next(member);
  }
  return bytes <= VALUE_MAX;
}

function next(member: usize): usize {
  return (member + MEMBER_NAME + load<u32>(member, MEMBER_LENGTH) + 7) & ~7;
}
