import {
  FRONT_SCRATCH,
  INPUT,
  INPUT_BYTES,
  KEY_MASK,
  KEY_MAX,
  REPLICA,
  VALUE_MAX,
} from '../../../engines/embedded/slab/assembly/layout';
import { argument } from './arguments';
import { readRange } from './range-requests';

/** Requests in one go: they are read first, then all memory that they need is asked for, then they are performed. */
export const BATCH: u32 = 16;

// What is known of each of them: its kind, where key and value are, the hash of the full key, and where it ends.
export const REQUEST_BYTES: usize = 64;
export const KEY: usize = 4;
export const KEY_LENGTH: usize = 8;
export const VALUE: usize = 12;
export const VALUE_LENGTH: usize = 16;
export const HASH: usize = 20;
export const END: usize = 24;
/** And of one part of the key: where its own key is, and the hash of that. */
export const PART_KEY: usize = 28;
export const PART_LENGTH: usize = 32;
export const PART_HASH: usize = 36;

// As in ../request-batch.ts. From HGET on they are of a part.
export const GET: u32 = 0;
export const SET: u32 = 1;
export const HGET: u32 = 2;
export const HSET: u32 = 3;
export const SADD: u32 = 4;
export const SISMEMBER: u32 = 5;
export const ZADD: u32 = 6;
export const INCR: u32 = 7;
export const ZSCORE: u32 = 8;
export const ZRANK: u32 = 9;
// From here on of many parts.
export const ZRANGE: u32 = 10;
export const ZREVRANGE: u32 = 11;
export const ZRANGEBYSCORE: u32 = 12;
export const ZREVRANGEBYSCORE: u32 = 13;
export const KINDS: u32 = 14;
const NONE: u32 = KINDS;

// Of parts, as in the core's parts.ts.
export const FIELD: u32 = 1;
export const MEMBER: u32 = 2;
export const SCORE: u32 = 3;
export const COUNT: u32 = 4;

/** Requests end before this in INPUT; behind it is what is made of them. */
const MADE: usize = INPUT + 0x5000;
const MADE_END: usize = INPUT + INPUT_BYTES - 0x2000;

let database: u32 = 0;
let withParts: bool = false;
let made: usize = MADE;

export function startReading(ofDatabase: u32, mayHaveParts: bool): void {
  database = ofDatabase;
  withParts = mayHaveParts;
  made = MADE;
}

/** Takes room behind the requests; there is enough for what a batch of them needs. */
export function take(bytes: usize): usize {
  const at = made;
  made += (bytes + 7) & ~7;
  return at;
}

/** Reads requests up to the first that is not whole, or not for here. Returns how many. */
export function read(from: usize, end: usize): u32 {
  let at = from;
  let count: u32 = 0;
  for (; count < BATCH && made < MADE_END; count++) {
    const request = FRONT_SCRATCH + REQUEST_BYTES * count;
    // Shorter ones are none: this is a GET of the empty key.
    if (at + 19 > end) break;
    at = readOne(at, end, request);
    if (at === 0) break;
    store<u32>(request, <u32>at, END);
  }
  return count;
}

/** Returns what follows; 0: it is not for here. */
function readOne(from: usize, end: usize, request: usize): usize {
  const kind = kindOf(from);
  if (kind === NONE || (kind >= HGET && !withParts)) return 0;
  store<u32>(request, kind);
  let at = argument(from + headBytes, end, request + KEY);
  const keyLength = load<u32>(request, KEY_LENGTH);
  if (at === 0 || keyLength > KEY_MAX) return 0;
  // The byte before the key, of the line that told its length, becomes the database: so the full key is there.
  const key = load<u32>(request, KEY) - 1;
  store<u8>(key, <u8>database);
  store<u32>(request, key, KEY);
  store<u32>(request, keyLength + 1, KEY_LENGTH);
  store<u32>(request, hash(key, keyLength + 1), HASH);
  if (kind >= ZRANGE) return readRange(kind, at, argumentsOf(from) - 4, end, request);
  if (kind >= HGET) return readPart(kind, at, end, request);
  if (kind === SET) {
    at = argument(at, end, request + VALUE);
    if (load<u32>(request, VALUE_LENGTH) > VALUE_MAX) return 0;
  }
  return at;
}

/** Of the command that was read last, up to its first argument. */
let headBytes: usize = 0;

function argumentsOf(at: usize): u32 {
  return <u32>load<u8>(at, 1) - 0x30;
}

/** The command at the head of a request. */
function kindOf(at: usize): u32 {
  const head = load<u32>(at);
  const length = load<u32>(at, 4);
  if (length === 0x0a0d3324) {
    headBytes = 13;
    if (load<u8>(at, 12) !== 0x0a) return NONE;
    const name = load<u32>(at, 8) | 0x00202020;
    if (head === 0x0a0d322a) return name === 0x0d746567 ? GET : NONE;
    return head === 0x0a0d332a && name === 0x0d746573 ? SET : NONE;
  }
  if (length === 0x0a0d3424) {
    headBytes = 14;
    if (load<u16>(at, 12) !== 0x0a0d) return NONE;
    const name = load<u32>(at, 8) | 0x20202020;
    if (head === 0x0a0d322a) return name === 0x72636e69 ? INCR : NONE;
    if (head === 0x0a0d332a) return name === 0x74656768 ? HGET : name === 0x64646173 ? SADD : NONE;
    return head !== 0x0a0d342a ? NONE : name === 0x74657368 ? HSET : name === 0x6464617a ? ZADD : NONE;
  }
  return longerKindOf(at, head, length);
}

/** The same of a command of more than four letters, and of up to nine arguments. */
function longerKindOf(at: usize, head: u32, length: u32): u32 {
  const count = argumentsOf(at);
  if ((head & 0xffff00ff) !== 0x0a0d002a || count < 3 || count > 9) return NONE;
  const name = at + (load<u8>(at, 7) === 0x0a ? 8 : 9);
  const first = lettersAt(name);
  const next = lettersAt(name + 4);
  let kind = NONE;
  if (length === 0x0a0d3524) {
    headBytes = 15;
    if (count === 3 && first === 0x6e61727a && (load<u8>(name, 4) | 0x20) === 0x6b) kind = ZRANK;
  } else if (length === 0x0a0d3624) {
    headBytes = 16;
    if (count === 3 && first === 0x6f63737a && lettersAt(name + 2) === 0x65726f63) kind = ZSCORE;
    if (count > 3 && first === 0x6e61727a && lettersAt(name + 2) === 0x65676e61) kind = ZRANGE;
  } else if (length === 0x0a0d3924) {
    headBytes = 19;
    const last = load<u8>(name, 8) | 0x20;
    if (count === 3 && first === 0x6d736973 && next === 0x65626d65 && last === 0x72) kind = SISMEMBER;
    if (count > 3 && first === 0x7665727a && next === 0x676e6172 && last === 0x65) kind = ZREVRANGE;
  } else if (length === 0x0d333124) {
    headBytes = 24;
    if (first !== 0x6e61727a || next !== 0x79626567 || lettersAt(name + 8) !== 0x726f6373) return NONE;
    if (count > 3 && lettersAt(name + 9) === 0x65726f63) kind = ZRANGEBYSCORE;
  } else if (length === 0x0d363124) {
    headBytes = 27;
    if (first !== 0x7665727a || next !== 0x676e6172 || lettersAt(name + 8) !== 0x73796265) return NONE;
    if (count > 3 && lettersAt(name + 12) === 0x65726f63) kind = ZREVRANGEBYSCORE;
  }
  // Before the name and behind it a line ends.
  return load<u8>(name - 1) === 0x0a && load<u16>(at + headBytes - 2) === 0x0a0d ? kind : NONE;
}

/** Four letters, as small ones. */
function lettersAt(at: usize): u32 {
  return load<u32>(at) | 0x20202020;
}

/** Reads what follows the key, and makes the key of the part. Returns what follows; 0: it is not for here. */
function readPart(kind: u32, from: usize, end: usize, request: usize): usize {
  if (kind === INCR) return compose(COUNT, request, REPLICA + 4, load<u32>(REPLICA)) ? from : 0;
  let at = from;
  if (kind === ZADD) {
    at = argument(at, end, request + VALUE);
    if (at === 0) return 0;
  }
  at = argument(at, end, request + PART_KEY);
  if (at === 0) return 0;
  if (kind === ZRANK) {
    store<u32>(request, load<u32>(request, PART_KEY), VALUE);
    store<u32>(request, load<u32>(request, PART_LENGTH), VALUE_LENGTH);
  }
  const part = kind < SADD ? FIELD : kind < ZADD ? MEMBER : SCORE;
  if (!compose(part, request, load<u32>(request, PART_KEY), load<u32>(request, PART_LENGTH))) return 0;
  if (kind !== HSET) return at;
  at = argument(at, end, request + VALUE);
  return load<u32>(request, VALUE_LENGTH) > VALUE_MAX ? 0 : at;
}

/** Makes the key of a part, see the core's parts.ts. Returns whether it is short enough. */
function compose(kind: u32, request: usize, name: usize, nameLength: u32): bool {
  const length = load<u32>(request, KEY_LENGTH) - 1;
  const start: usize = length < 128 ? 2 : 3;
  const whole = start + length + nameLength;
  if (nameLength > KEY_MAX || whole > KEY_MASK) return false;
  const key = take(whole + 16);
  store<u8>(key, <u8>((kind << 4) | database));
  if (length < 128) store<u8>(key, <u8>length, 1);
  else {
    store<u8>(key, <u8>(0x80 | (length & 0x7f)), 1);
    store<u8>(key, <u8>(length >>> 7), 2);
  }
  copy(key + start, load<u32>(request, KEY) + 1, length);
  copy(key + start + length, name, nameLength);
  store<u32>(request, <u32>key, PART_KEY);
  store<u32>(request, <u32>whole, PART_LENGTH);
  store<u32>(request, hash(key, <u32>whole), PART_HASH);
  return true;
}

/** And up to 15 bytes behind it. */
function copy(to: usize, from: usize, length: u32): void {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
}

/** As hashPart in the core's bytes.ts. */
function hash(key: usize, length: u32): u32 {
  let value: u32 = 0x811c9dc5;
  for (let i: usize = 0; i < length; i++) value = (value ^ load<u8>(key + i)) * 0x01000193;
  value ^= value >>> 16;
  value *= 0x85ebca6b;
  value ^= value >>> 13;
  value *= 0xc2b2ae35;
  return value ^ (value >>> 16);
}
