import { readValue, valueLength, write } from '../../../engines/embedded/slab/assembly/batch';
import {
  FRONT_RESULTS,
  FRONT_SCRATCH,
  INPUT,
  KEY_MAX,
  OUTPUT,
  VALUE_MAX,
} from '../../../engines/embedded/slab/assembly/layout';
import { ELSEWHERE, fetch, find, NOWHERE } from '../../../engines/embedded/slab/assembly/search';

/**
 * GET and SET without options, from the bytes of the requests to those of the replies. It is compiled along with the store's inner
 * loop, into one module, so that a request costs no call from one to the other.
 */

/** Requests in one go: they are read first, then all memory that they need is asked for, then they are performed. */
const BATCH: u32 = 16;

// What is known of each of them: its kind, where key and value are, the hash of the full key, and where it ends.
const REQUEST_BYTES: usize = 32;
const KEY: usize = 4;
const KEY_LENGTH: usize = 8;
const VALUE: usize = 12;
const VALUE_LENGTH: usize = 16;
const HASH: usize = 20;
const END: usize = 24;

const GET: u32 = 0;
const SET: u32 = 1;

/** Replies end before this: there is room for all that comes in, and for one long value. */
const REPLIES_BYTES: usize = 0x10000;

/** Of the call under way. */
let database: u32 = 0;
let nowMs: f64 = 0;
let protocol: u32 = 2;
let reply: usize = OUTPUT;
let lastKind: u32 = GET;

/** Performs the first `length` bytes of INPUT, until a request is not whole, or not for here. Returns how many it performed. */
export function performRequests(length: u32, ofDatabase: u32, atMs: f64, inProtocol: u32): u32 {
  database = ofDatabase;
  nowMs = atMs;
  protocol = inProtocol;
  reply = OUTPUT;
  const end = INPUT + length;
  let at = INPUT;
  let performed: u32 = 0;
  for (;;) {
    const count = read(at, end);
    if (count > 1) fetch(FRONT_SCRATCH + HASH, REQUEST_BYTES, count);
    let i: u32 = 0;
    for (; i < count; i++) {
      const request = FRONT_SCRATCH + REQUEST_BYTES * i;
      if (reply > OUTPUT + REPLIES_BYTES - VALUE_MAX - 64 || !one(request)) break;
      at = load<u32>(request, END);
      lastKind = load<u32>(request);
    }
    performed += i;
    if (i < BATCH) break;
  }
  store<u32>(FRONT_RESULTS, <u32>(at - INPUT), 0);
  store<u32>(FRONT_RESULTS, <u32>(reply - OUTPUT), 4);
  store<u32>(FRONT_RESULTS, lastKind, 8);
  return performed;
}

/** Returns whether it was for here. */
function one(request: usize): bool {
  const hash = load<u32>(request, HASH);
  const key = load<u32>(request, KEY);
  const keyLength = load<u32>(request, KEY_LENGTH);
  const record = find(hash, key, keyLength);
  if (record === ELSEWHERE) return false;
  if (load<u32>(request) === SET) {
    if (!write(record, hash, key, keyLength, load<u32>(request, VALUE), load<u32>(request, VALUE_LENGTH))) return false;
    store<u32>(reply, 0x0d4b4f2b);
    store<u8>(reply, 0x0a, 4);
    reply += 5;
  } else if (record !== NOWHERE) {
    const value = readValue(record, hash, nowMs);
    if (value === 0) return false;
    tell(value, valueLength);
  } else if (protocol === 2) {
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
    const request = FRONT_SCRATCH + REQUEST_BYTES * count;
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

function tell(value: usize, length: u32): void {
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
