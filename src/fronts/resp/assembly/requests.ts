import { readValue, valueLength, write } from '../../../engines/embedded/slab/assembly/batch';
import { FRONT_RESULTS, FRONT_SCRATCH, INPUT } from '../../../engines/embedded/slab/assembly/layout';
import { ELSEWHERE, fetch, find, NOWHERE } from '../../../engines/embedded/slab/assembly/search';
import { performPart } from './part-requests';
import { performRange } from './range-requests';
import {
  BATCH,
  END,
  GET,
  HASH,
  HGET,
  KEY,
  KEY_LENGTH,
  KINDS,
  PART_HASH,
  REQUEST_BYTES,
  read,
  SET,
  startReading,
  VALUE,
  VALUE_LENGTH,
  ZRANGE,
} from './reading';
import { hasRoom, replyBytes, startReplies, tell, tellNothing, tellOk } from './replies';

/**
 * GET and SET without options, commands of one part, and ranges of sorted sets, from the bytes of the requests to those of the replies. It is compiled along
 * with the store's inner loop, into one module, so that a request costs no call from one to the other.
 */

/** Of the call under way. */
let nowMs: f64 = 0;

/**
 * Performs the first `length` bytes of INPUT, until a request is not whole, or not for here. Returns how many it performed.
 * `mayHaveParts`: requests of parts are for here.
 */
export function performRequests(length: u32, database: u32, atMs: f64, protocol: u32, mayHaveParts: bool): u32 {
  nowMs = atMs;
  for (let i: usize = 0; i < KINDS; i++) store<u32>(FRONT_RESULTS + 4 * i, 0, 16);
  startReplies(protocol);
  startReading(database, mayHaveParts);
  const end = INPUT + length;
  let at = INPUT;
  let performed: u32 = 0;
  let lastKind: u32 = GET;
  for (;;) {
    const count = read(at, end);
    if (count > 1) warm(count);
    let i: u32 = 0;
    for (; i < count; i++) {
      const request = FRONT_SCRATCH + REQUEST_BYTES * i;
      if (!hasRoom() || !one(request)) break;
      at = load<u32>(request, END);
      lastKind = load<u32>(request);
      const counted = FRONT_RESULTS + 16 + 4 * lastKind;
      store<u32>(counted, load<u32>(counted) + 1);
    }
    performed += i;
    if (i < BATCH) break;
  }
  store<u32>(FRONT_RESULTS, <u32>(at - INPUT), 0);
  store<u32>(FRONT_RESULTS, replyBytes(), 4);
  store<u32>(FRONT_RESULTS, lastKind, 8);
  return performed;
}

/** Asks for all memory that requests will need, at once. */
function warm(count: u32): void {
  fetch(FRONT_SCRATCH + HASH, REQUEST_BYTES, count);
  const first = load<u32>(FRONT_SCRATCH);
  if (first >= HGET && first < ZRANGE) fetch(FRONT_SCRATCH + PART_HASH, REQUEST_BYTES, count);
}

/** Returns whether it was for here. */
function one(request: usize): bool {
  const kind = load<u32>(request);
  if (kind >= HGET) return kind >= ZRANGE ? performRange(request) : performPart(request);
  const hash = load<u32>(request, HASH);
  const key = load<u32>(request, KEY);
  const keyLength = load<u32>(request, KEY_LENGTH);
  const record = find(hash, key, keyLength);
  if (record === ELSEWHERE) return false;
  if (kind === SET) {
    if (!write(record, hash, key, keyLength, load<u32>(request, VALUE), load<u32>(request, VALUE_LENGTH))) return false;
    tellOk();
  } else if (record === NOWHERE) tellNothing();
  else {
    const value = readValue(record, hash, nowMs);
    if (value === 0) return false;
    tell(value, valueLength);
  }
  return true;
}
