import {
  BATCHES,
  END,
  EXPIRES,
  EXPIRY_BYTES,
  GET,
  HASH,
  KEY,
  KEY_LENGTH,
  KEY_MASK,
  KEY_MAX,
  KEY_SHIFT,
  REPLIES,
  REPLIES_BYTES,
  REQUEST_BYTES,
  REQUESTS,
  RESULTS,
  SET,
  SET_BYTES,
  SETS,
  SETS_MAX,
  TOUCH_STATE,
  TOUCHED,
  VALUE,
  VALUE_LENGTH,
  VALUE_MAX,
  VALUE_SHIFT,
} from './layout';
import { insert, overwrite, padded } from './records';
import { ELSEWHERE, fetch, find, keyOf, NOWHERE, noteUse, startUses, tellUses } from './search';

/** Requests in one go: they are read first, then all memory that they need is asked for, then they are performed. */
const BATCH: u32 = 16;

/** Of the call under way. */
let database: u32 = 0;
let nowMs: f64 = 0;
let protocol: u32 = 2;
let takesSets: bool = false;
let hlc: u64 = 0;
let seq: f64 = 0;
let origin: u32 = 0;
let reply: usize = REPLIES;
let sets: u32 = 0;
/** By how many bytes values have grown. */
let grown: i32 = 0;
let lastKind: u32 = GET;

/**
 * Performs the requests in REQUESTS from `from` to before `end`, until one is not whole, or not for here. Returns how many.
 * `takesWrites`: 0 if there is reason to leave them. `time`, `number`: version
 * and sequence number of the first write; each of the next has the one that follows.
 */
export function perform(
  from: u32,
  end: u32,
  ofDatabase: u32,
  atMs: f64,
  inProtocol: u32,
  takesWrites: u32,
  time: f64,
  number: f64,
  ofOrigin: u32,
): u32 {
  database = ofDatabase;
  nowMs = atMs;
  protocol = inProtocol;
  takesSets = takesWrites !== 0;
  hlc = <u64>time;
  seq = number;
  origin = ofOrigin;
  reply = REPLIES;
  sets = 0;
  grown = 0;
  startUses();
  let at: usize = REQUESTS + from;
  let performed: u32 = 0;
  for (;;) {
    const count = read(at, REQUESTS + end);
    if (count > 1) fetch(BATCHES + HASH, REQUEST_BYTES, count);
    let i: u32 = 0;
    for (; i < count; i++) {
      const request = BATCHES + REQUEST_BYTES * i;
      if (reply > REPLIES + REPLIES_BYTES - VALUE_MAX - 64 || sets === SETS_MAX || !one(request)) break;
      at = load<u32>(request, END);
      lastKind = load<u32>(request);
    }
    performed += i;
    if (i < BATCH) break;
  }
  store<u32>(RESULTS, <u32>(at - REQUESTS), 0);
  store<u32>(RESULTS, <u32>(reply - REPLIES), 4);
  store<u32>(RESULTS, sets, 8);
  store<i32>(RESULTS, grown, 12);
  store<u32>(RESULTS, lastKind, 16);
  tellUses();
  return performed;
}

/** Returns whether it was for here. */
function one(request: usize): bool {
  const record = find(load<u32>(request, HASH), load<u32>(request, KEY), load<u32>(request, KEY_LENGTH));
  if (record === ELSEWHERE) return false;
  if (load<u32>(request) === SET) return takesSets && (record === NOWHERE ? add(request) : set(record, request));
  if (record !== NOWHERE) {
    if (!get(record)) return false;
    noteUse(load<u32>(request, HASH));
    return true;
  }
  if (protocol === 2) {
    store<u32>(reply, 0x0d312d24);
    store<u8>(reply, 0x0a, 4);
    reply += 5;
  } else {
    store<u32>(reply, 0x000a0d5f);
    reply += 3;
  }
  return true;
}

// ----

function read(from: usize, end: usize): u32 {
  let at = from;
  let count: u32 = 0;
  for (; count < BATCH; count++) {
    const request = BATCHES + REQUEST_BYTES * count;
    // Shorter ones are none: this is a GET of the empty key.
    if (at + 19 > end) break;
    const head = load<u32>(at);
    const isSet = head === 0x0a0d332a;
    if (!isSet && head !== 0x0a0d322a) break;
    if (load<u32>(at, 4) !== 0x0a0d3324) break;
    if ((load<u32>(at, 8) | 0x00202020) !== (isSet ? 0x0d746573 : 0x0d746567)) break;
    if (load<u8>(at, 12) !== 0x0a) break;
    at = argument(at + 13, end, request + KEY);
    if (at === 0) break;
    const keyLength = load<u32>(request, KEY_LENGTH);
    if (keyLength > KEY_MAX) break;
    // The byte before the key, of the line that told its length, becomes the database: so the full key is there.
    const key = load<u32>(request, KEY) - 1;
    store<u8>(key, <u8>database);
    store<u32>(request, key, KEY);
    store<u32>(request, keyLength + 1, KEY_LENGTH);
    store<u32>(request, isSet ? SET : GET);
    if (isSet) {
      at = argument(at, end, request + VALUE);
      if (at === 0 || load<u32>(request, VALUE_LENGTH) > VALUE_MAX) break;
    }
    store<u32>(request, <u32>at, END);
    store<u32>(request, hash(key, keyLength + 1), HASH);
  }
  return count;
}

/** Reads `$<digits> CR LF <bytes> CR LF`, and writes where the bytes are and how many. Returns what follows; 0: it is not that. */
function argument(from: usize, end: usize, place: usize): usize {
  if (from + 4 > end || load<u8>(from) !== 0x24) return 0;
  let at = from + 1;
  let length: u32 = 0;
  let last = from + 6;
  if (end - 2 < last) last = end - 2;
  for (; at <= last; at++) {
    const digit = <u32>load<u8>(at) - 0x30;
    if (digit > 9) break;
    length = length * 10 + digit;
  }
  if (at === from + 1 || at > last || load<u16>(at) !== 0x0a0d) return 0;
  if (load<u8>(from + 1) === 0x30 && at !== from + 2) return 0;
  if (at + 2 + length + 2 > end) return 0;
  store<u32>(place, <u32>(at + 2));
  store<u32>(place, length, 4);
  return at + length + 4;
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

/** Replies with the value. Returns whether it is for here. */
function get(record: usize): bool {
  const flags = load<u32>(record);
  if ((flags & TOUCHED) !== 0 && ((flags & TOUCHED) !== TOUCHED || load<u32>(record, TOUCH_STATE) !== 0)) return false;
  const length = flags >>> VALUE_SHIFT;
  if (length > VALUE_MAX) return false;
  const key = keyOf(record);
  if ((flags & EXPIRES) !== 0 && load<f64>(key - EXPIRY_BYTES) <= nowMs) return false;
  const value = key + padded((flags >>> KEY_SHIFT) & KEY_MASK);
  store<u8>(reply, 0x24);
  let at = decimal(reply + 1, length);
  store<u16>(at, 0x0a0d);
  at += 2;
  // Up to 15 bytes too many, which the next reply overwrites.
  for (let i: usize = 0; i < length; i += 16) v128.store(at + i, v128.load(value + i));
  at += length;
  store<u16>(at, 0x0a0d);
  reply = at + 2;
  return true;
}

/** Writes another value of the same size in place, and tells of the write in SETS. Returns whether it was done. */
function set(record: usize, request: usize): bool {
  const former = load<u32>(record) >>> VALUE_SHIFT;
  const length = load<u32>(request, VALUE_LENGTH);
  if (!overwrite(record, load<u32>(request, VALUE), length, hlc, seq, origin, 0)) return false;
  tell(request, 0);
  grown += <i32>length - <i32>former;
  return true;
}

/** As `set`, of a key that is not there. */
function add(request: usize): bool {
  const hash = load<u32>(request, HASH);
  const keyLength = load<u32>(request, KEY_LENGTH);
  const length = load<u32>(request, VALUE_LENGTH);
  if (!insert(hash, load<u32>(request, KEY), keyLength, load<u32>(request, VALUE), length, hlc, seq, origin, 0))
    return false;
  tell(request, 1);
  return true;
}

/** `isNew`: 1 if the key was not there. */
function tell(request: usize, isNew: u32): void {
  const place = SETS + SET_BYTES * sets;
  const key = load<u32>(request, KEY) - <u32>REQUESTS;
  const value = load<u32>(request, VALUE) - <u32>REQUESTS;
  store<u32>(place, load<u32>(request, HASH));
  store<u32>(place, key, 4);
  store<u32>(place, key + load<u32>(request, KEY_LENGTH), 8);
  store<u32>(place, value, 12);
  store<u32>(place, value + load<u32>(request, VALUE_LENGTH), 16);
  store<u32>(place, isNew, 20);
  store<u32>(reply, 0x0d4b4f2b);
  store<u8>(reply, 0x0a, 4);
  reply += 5;
  noteUse(load<u32>(request, HASH));
  sets++;
  hlc++;
  seq += 1;
}

/** Writes the digits of a number below 10,000. Returns where they end. */
function decimal(at: usize, value: u32): usize {
  const digits: usize = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(at + i - 1, 0x30 + (rest % 10));
    rest /= 10;
  }
  return at + digits;
}
