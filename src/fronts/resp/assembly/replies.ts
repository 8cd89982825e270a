import { OUTPUT, VALUE_MAX } from '../../../engines/embedded/slab/assembly/layout';

/** Replies end before this: there is room for all that comes in, and for one long value. */
const REPLIES_BYTES: usize = 0x10000;

/** Of the call under way. */
let protocol: u32 = 2;
let reply: usize = OUTPUT;

export function startReplies(inProtocol: u32): void {
  protocol = inProtocol;
  reply = OUTPUT;
}

/** Whether there is room for one more. */
export function hasRoom(): bool {
  return reply <= OUTPUT + REPLIES_BYTES - VALUE_MAX - 64;
}

export function replyBytes(): u32 {
  return <u32>(reply - OUTPUT);
}

export function tell(value: usize, length: u32): void {
  store<u8>(reply, 0x24);
  let at = decimal(reply + 1, length);
  store<u16>(at, 0x0a0d);
  at += 2;
  // Up to 15 bytes too many, which the next reply overwrites.
  for (let i: usize = 0; i < length; i += 16) v128.store(at + i, v128.load(value + i));
  at += length;
  store<u16>(at, 0x0a0d);
  reply = at + 2;
}

export function tellNothing(): void {
  if (protocol === 2) {
    store<u32>(reply, 0x0d312d24);
    store<u8>(reply, 0x0a, 4);
    reply += 5;
  } else {
    store<u32>(reply, 0x000a0d5f);
    reply += 3;
  }
}

export function tellOk(): void {
  store<u32>(reply, 0x0d4b4f2b);
  store<u8>(reply, 0x0a, 4);
  reply += 5;
}

export function tellInteger(value: i64): void {
  store<u8>(reply, 0x3a);
  let at = reply + 1;
  let rest: u64 = <u64>value;
  if (value < 0) {
    store<u8>(at++, 0x2d);
    rest = 0 - rest;
  }
  at = decimal(at, rest);
  store<u16>(at, 0x0a0d);
  reply = at + 2;
}

export function tellArray(length: u32): void {
  store<u8>(reply, 0x2a);
  const at = decimal(reply + 1, length);
  store<u16>(at, 0x0a0d);
  reply = at + 2;
}

/** Scores below are told here, if they are whole numbers. */
const SCORE_MAX: f64 = 1e15;
/** What a reply has of a score, at most. */
export const SCORE_BYTES: u32 = 32;

export function isScoreShort(score: f64): bool {
  if (!(abs(score) < SCORE_MAX) || trunc(score) !== score) return false;
  // A zero may have a sign.
  return score !== 0 || reinterpret<u64>(score) === 0;
}

export function tellScore(score: f64): void {
  if (protocol === 3) {
    const at = reply;
    tellInteger(<i64>score);
    store<u8>(at, 0x2c);
    return;
  }
  const isNegative = score < 0;
  const magnitude = <u64>abs(score);
  const digits = digitsOf(magnitude) + (isNegative ? 1 : 0);
  store<u8>(reply, 0x24);
  let at = decimal(reply + 1, digits);
  store<u16>(at, 0x0a0d);
  at += 2;
  if (isNegative) store<u8>(at++, 0x2d);
  at = decimal(at, magnitude);
  store<u16>(at, 0x0a0d);
  reply = at + 2;
}

/** The head of a list of members: in RESP2 their scores lie between them. */
export function tellMemberCount(count: u32, withScores: bool): void {
  tellArray(withScores && protocol === 2 ? 2 * count : count);
}

/** Before a member and its score: in RESP3 they are a list of their own. */
export function tellPair(): void {
  if (protocol === 3) tellArray(2);
}

function digitsOf(value: u64): u32 {
  let digits: u32 = 1;
  for (let bound: u64 = 10; digits < 19 && value >= bound; bound *= 10) digits++;
  return digits;
}

/** Writes the digits of a number of at most 2^63. Returns where they end. */
function decimal(at: usize, value: u64): usize {
  const digits: usize = digitsOf(value);
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(at + i - 1, <u8>(0x30 + (rest % 10)));
    rest /= 10;
  }
  return at + digits;
}
