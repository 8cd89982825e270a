/**
 * GET and SET without options, from the bytes of the requests to those of the replies, on one linear memory in which index
 * and records lie too. This is AssemblyScript: it is compiled to WebAssembly when the program is built. What it finds it
 * either does whole or leaves as it is, to be done by the store's own methods: large or expired or typed values, tombstones,
 * values that change their size, and everything that is not in this memory.
 *
 * Where things lie is told in ../linear-memory.ts, the forms of a slot and of a record in ../index-shard.ts and ../record.ts.
 */

/** Requests in one go: they are read first, then all memory that they need is asked for, then they are performed. */
const BATCH: u32 = 16;

const RESULTS: usize = 0x0;
/** Of the slab that takes new records: its number, its address, bytes taken, bytes in all. */
const HEAD: usize = 0x40;
const BATCHES: usize = 0x400;
const ROW_HASHES: usize = 0x600;
const ROW_STARTS: usize = 0x680;
const ROW_LENGTHS: usize = 0x700;
const ROW_SEQS: usize = 0x780;
const ROW_OUTCOMES: usize = 0x880;
const ROW_ORIGINS: usize = 0x900;
const SHARDS: usize = 0x1000;
const ORIGINS: usize = 0x2000;
const DIGESTS_LOW: usize = 0x4000;
const DIGESTS_HIGH: usize = 0x8000;
const SETS: usize = 0xc000;
const SLABS: usize = 0x10000;
const REQUESTS: usize = 0x50000;
const REPLIES: usize = 0x60000;
/** Keys of each region, by shard. */
const COUNTS: usize = 0x80000;
/** The hash and the number of the slot of each entry that a call has used. */
const USES: usize = 0x84000;

const SLABS_MAX: u32 = 0x10000;
const REPLIES_BYTES: usize = 0x10000;
const PACKED_BYTES: usize = 0x20000;
const SETS_MAX: u32 = 512;
const SET_BYTES: usize = 32;
/** Longer values are copied faster by a call. */
const VALUE_MAX: u32 = 0x1000;
const KEY_MAX: u32 = 0x400;

// ---- a request of the batch

/** The first word says which command it is. */
const REQUEST_BYTES: usize = 32;
const KEY: usize = 4;
const KEY_LENGTH: usize = 8;
const VALUE: usize = 12;
const VALUE_LENGTH: usize = 16;
const HASH: usize = 20;
const END: usize = 24;

const GET: u32 = 0;
const SET: u32 = 1;

// ---- flags of a record

const LONG: u32 = 1;
const TOMBSTONE: u32 = 2;
const EXPIRES: u32 = 4;
const EVICTED: u32 = 16;
const KEY_SHIFT: u32 = 5;
const KEY_MASK: u32 = 0x7ff;
const VALUE_SHIFT: u32 = 16;
const ORIGIN_BITS: u32 = 11;
const ORIGIN_MASK: u32 = 0x7ff;
const HEADER_BYTES: usize = 24;
const EXPIRY_BYTES: usize = 8;

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
/** Of the key that was found or entered last. */
let slotNumber: u32 = 0;
let uses: u32 = 0;

/**
 * Performs the requests in REQUESTS from `from` to before `end`, until one is not whole, or not for here. Gives how many.
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
  uses = 0;
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
  store<u32>(HEAD, uses, 16);
  return performed;
}

/** Gives whether it was for here. */
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

// ---- requests

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

/** Reads `$<digits> CR LF <bytes> CR LF`, and writes where the bytes are and how many. Gives what follows; 0: it is not that. */
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

// ---- index

/** In place of a record: the key is not in the store, or nothing can be said of it here. */
const NOWHERE: usize = 0;
const ELSEWHERE: usize = 1;

/**
 * Reads where the searches begin, then the records: the processor fetches at the same time what does not depend on each other.
 * So there is a loop for each, as short as can be. `at`: of the first hash; `step`: bytes from one to the next.
 */
function fetch(at: usize, step: usize, count: u32): void {
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
  const tag = hash >>> 12;
  return slots + 8 * (((hash >>> 6) & 63) * capacity + <u32>((<u64>tag * <u64>capacity) >> 20));
}

/** The record of the first slot that has this tag; where there is none, some other place. */
function guess(hash: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  if (load<u32>(shard) === 0) return 0;
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> 12;
  const first = load<u32>(shard) + 8 * ((hash >>> 6) & 63) * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  for (let value = load<u64>(slot); value !== 0; value = load<u64>(slot)) {
    if (<u32>value >>> 12 === tag) return recordOf(value);
    slot += 8;
    if (slot === end) slot = first;
  }
  return 0;
}

/** ELSEWHERE: its slab is not in this memory. */
function recordOf(slot: u64): usize {
  const low = <u32>(slot >> 32);
  const slab = ((<u32>slot & 0xfff) << 14) | (low >>> 18);
  if (slab >= SLABS_MAX) return ELSEWHERE;
  const base = load<u32>(SLABS + 4 * slab);
  return base === 0 ? ELSEWHERE : base + 8 * (low & 0x3ffff);
}

/** The record of a full key; NOWHERE or ELSEWHERE. */
function find(hash: u32, key: usize, length: u32): usize {
  const shard = SHARDS + 8 * (hash & 63);
  if (load<u32>(shard) === 0) return ELSEWHERE;
  const capacity = load<u32>(shard, 4);
  const tag = hash >>> 12;
  const first = load<u32>(shard) + 8 * ((hash >>> 6) & 63) * capacity;
  const end = first + 8 * capacity;
  let slot = home(hash);
  for (let value = load<u64>(slot); value !== 0; value = load<u64>(slot)) {
    if (<u32>value >>> 12 === tag) {
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

function keyOf(record: usize): usize {
  return record + HEADER_BYTES + ((load<u32>(record) & EXPIRES) === 0 ? 0 : EXPIRY_BYTES);
}

function hasKey(record: usize, key: usize, length: u32): bool {
  if (((load<u32>(record) >>> KEY_SHIFT) & KEY_MASK) !== length) return false;
  const known = keyOf(record);
  let i: usize = 0;
  for (; i + 8 <= length; i += 8) if (load<u64>(known + i) !== load<u64>(key + i)) return false;
  for (; i < length; i++) if (load<u8>(known + i) !== load<u8>(key + i)) return false;
  return true;
}

// ---- records

/** Replies with the value. Gives whether it is for here. */
function get(record: usize): bool {
  const flags = load<u32>(record);
  if ((flags & (TOMBSTONE | EVICTED)) !== 0) return false;
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

/** Writes another value of the same size in place, and tells of the write in SETS. Gives whether it was done. */
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

/** `expiryMs`: 0 for none. Gives whether it was done: the record has to be of a value, and to keep its form and size. */
function overwrite(record: usize, value: usize, length: u32, hlc: u64, seq: f64, origin: u32, expiryMs: f64): bool {
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
 * Writes the record of a key that is not here, and enters it. Gives whether it was done: there has to be room in its region of
 * the index and in the slab.
 */
function insert(
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
  const header: u32 = expiryMs === 0 ? 24 : 32;
  const size = (header + padded(keyLength) + length + 7) & ~7;
  const offset = load<u32>(HEAD, 8);
  if (offset + size > load<u32>(HEAD, 12)) return false;
  store<u32>(HEAD, offset + size, 8);
  store<u32>(counted, count);
  const slab = load<u32>(HEAD);
  enter(shard, region, hash, ((hash >>> 12) << 12) | (slab >>> 14), (slab << 18) | (offset >>> 3));
  const record = <usize>load<u32>(HEAD, 4) + offset;
  store<u32>(record, (expiryMs === 0 ? 0 : EXPIRES) | (keyLength << KEY_SHIFT) | (length << VALUE_SHIFT));
  store<u32>(record, hash, 4);
  store<u32>(record, <u32>hlc, 8);
  store<u32>(record, ((<u32>(hlc >> 32)) << ORIGIN_BITS) | origin, 12);
  store<f64>(record, seq, 16);
  if (expiryMs !== 0) store<f64>(record, expiryMs, 24);
  copyWords(record + header, key, keyLength);
  copyWords(record + header + padded(keyLength), value, length);
  digest(hash & 0xfff, 1, hash, origin, <u32>hlc, low(seq));
  return true;
}

/** No region of the index is fuller, see the store's index-shard.ts. */
const LOAD_MAX: f64 = 0.85;

function enter(shard: usize, region: u32, hash: u32, highWord: u32, lowWord: u32): void {
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

function noteUse(hash: u32): void {
  store<u32>(USES + 8 * uses, hash);
  store<u32>(USES + 8 * uses, slotNumber, 4);
  uses++;
}

/** `to`: a multiple of 4, with room for whole words. */
function copyWords(to: usize, from: usize, length: u32): void {
  let i: usize = 0;
  for (; i + 16 <= length; i += 16) v128.store(to + i, v128.load(from + i));
  for (; i < length; i += 4) store<u32>(to + i, load<u32>(from + i));
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

function padded(length: u32): u32 {
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

/** Writes the digits of a number below 10,000. Gives where they end. */
function decimal(at: usize, value: u32): usize {
  const digits: usize = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : 4;
  let rest = value;
  for (let i = digits; i > 0; i--) {
    store<u8>(at + i - 1, 0x30 + (rest % 10));
    rest /= 10;
  }
  return at + digits;
}

// ---- rows of ranges

/** Fetches what a search for each of the first ROW_HASHES will look at. */
export function warm(count: u32): void {
  fetch(ROW_HASHES, 4, count);
}

const LEFT: u32 = 0;
const TAKEN: u32 = 1;
const OVERRIDDEN: u32 = 2;
/** Taken, and its key was not here. */
const ADDED: u32 = 3;

/**
 * Puts the entries of rows where they override what is here. Packed entries (see the core's packed-entries.ts) are at
 * ROW_STARTS in REQUESTS, ROW_ORIGINS has the numbers of their origins. ROW_OUTCOMES says of each what became of it.
 */
export function takeRows(count: u32): void {
  let greatest: u64 = 0;
  let greatestTaken: u64 = 0;
  grown = 0;
  uses = 0;
  for (let i: u32 = 0; i < count; i++) {
    const row = REQUESTS + load<u32>(ROW_STARTS + 4 * i);
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
  store<u32>(HEAD, uses, 16);
}

/** Flags of packed entries. */
const PACKED_EXPIRES: u32 = 2;
const OTHER_WRITE: u32 = 16;
const PACKED_FLAGS: u32 = 0xff;
const PACKED_HEAD: usize = 28;

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

function whole(at: usize): f64 {
  return <f64>(((<u64>load<u32>(at, 4)) << 32) | <u64>load<u32>(at));
}

/**
 * Packs the entries of rows, as packed entries of the origin with the number `packedOrigin`, into REPLIES: as long as they are
 * the very writes that the rows are of, by `origin`. Their keys are at ROW_STARTS in REQUESTS. Gives how many.
 */
export function packRows(count: u32, origin: u32, packedOrigin: u32): u32 {
  let to = REPLIES;
  let i: u32 = 0;
  for (; i < count && to < REPLIES + PACKED_BYTES - 0x2000; i++) {
    const keyLength = load<u32>(ROW_LENGTHS + 4 * i);
    const record = find(load<u32>(ROW_HASHES + 4 * i), REQUESTS + load<u32>(ROW_STARTS + 4 * i), keyLength);
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
  store<u32>(RESULTS, <u32>(to - REPLIES), 4);
  return i;
}

/** With zeros up to a multiple of 4. Gives what follows. */
function copyPadded(to: usize, from: usize, length: u32): usize {
  for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  store<u32>(to + length, 0);
  return to + padded(length);
}
