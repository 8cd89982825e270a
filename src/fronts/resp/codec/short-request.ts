/** GET and SET without options, as nearly all requests are: where key and value are in the bytes that came, instead of views. */
export interface ShortRequest {
  kind: 'get' | 'set';
  bytes: Buffer;
  keyStart: number;
  keyEnd: number;
  /** Of SET alone; empty otherwise. */
  valueStart: number;
  valueEnd: number;
  /** Where the next request starts. */
  end: number;
}

/** So many short requests are read before the first of them is performed. */
export const SHORT_BATCH = 16;

/** Takes a value where it lies; the bytes are valid during the call. */
export interface ValueSink {
  value(source: Buffer, start: number, length: number): void;
}

export function newShortRequest(): ShortRequest {
  return { kind: 'get', bytes: Buffer.alloc(0), keyStart: 0, keyEnd: 0, valueStart: 0, valueEnd: 0, end: 0 };
}

/**
 * Reads the request that begins at `from` if it is a short one, and all of it is there before `end`. Returns whether it is; any
 * other, incomplete or broken one is for the whole parser.
 */
export function readShortRequest(request: ShortRequest, bytes: Buffer, from: number, end: number): boolean {
  if (end - from < SHORTEST_BYTES) return false;
  const count = bytes[from + 1]! - ZERO;
  if (bytes[from] !== ASTERISK || (count !== 2 && count !== 3) || !isHead(bytes, from)) return false;
  const isSet = count === 3;
  if ((bytes[from + 8]! | LOWER) !== (isSet ? LETTER_S : LETTER_G)) return false;
  const keyStart = readLength(bytes, from + 13, end);
  if (keyStart < 0 || keyStart + lengthRead + 2 > end) return false;
  request.bytes = bytes;
  request.kind = isSet ? 'set' : 'get';
  request.keyStart = keyStart;
  request.keyEnd = keyStart + lengthRead;
  request.valueStart = request.keyEnd;
  request.valueEnd = request.keyEnd;
  request.end = request.keyEnd + 2;
  return !isSet || readValue(request, end);
}

// ---

const ASTERISK = 0x2a;
const DOLLAR = 0x24;
const ZERO = 0x30;
const THREE = 0x33;
const CR = 0x0d;
const LF = 0x0a;
/** What makes a letter lower case. */
const LOWER = 0x20;
const LETTER_G = 0x67;
const LETTER_S = 0x73;
const LETTER_E = 0x65;
const LETTER_T = 0x74;
/** A GET of the empty key. */
const SHORTEST_BYTES = 19;
/** Longer arguments are for the whole parser. */
const DIGITS_MAX = 5;

/** What the latest `readLength` read. Not returned, since a pair would be an object for each argument. */
let lengthRead = 0;

/** Whether `*_ CR LF $3 CR LF _ET CR LF` is here. */
function isHead(bytes: Buffer, from: number): boolean {
  return (
    bytes[from + 2] === CR &&
    bytes[from + 3] === LF &&
    bytes[from + 4] === DOLLAR &&
    bytes[from + 5] === THREE &&
    bytes[from + 6] === CR &&
    bytes[from + 7] === LF &&
    (bytes[from + 9]! | LOWER) === LETTER_E &&
    (bytes[from + 10]! | LOWER) === LETTER_T &&
    bytes[from + 11] === CR &&
    bytes[from + 12] === LF
  );
}

function readValue(request: ShortRequest, end: number): boolean {
  const valueStart = readLength(request.bytes, request.keyEnd + 2, end);
  const valueEnd = valueStart + lengthRead;
  if (valueStart < 0 || valueEnd + 2 > end) return false;
  request.valueStart = valueStart;
  request.valueEnd = valueEnd;
  request.end = valueEnd + 2;
  return true;
}

/** Reads `$<digits> CR LF` into `lengthRead`. Returns what follows it; -1 if it is not exactly that. */
function readLength(bytes: Buffer, from: number, end: number): number {
  if (from + 4 > end || bytes[from] !== DOLLAR) return -1;
  const last = Math.min(end - 2, from + 1 + DIGITS_MAX);
  let length = 0;
  let at = from + 1;
  for (; at <= last; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) break;
    length = length * 10 + digit;
  }
  if (at === from + 1 || at > last || bytes[at] !== CR || bytes[at + 1] !== LF) return -1;
  // A zero in front is no length, but for the 0 itself.
  if (bytes[from + 1] === ZERO && at !== from + 2) return -1;
  lengthRead = length;
  return at + 2;
}
