import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';

/** Longer patterns are refused: no key that somebody looks for needs one. */
const PATTERN_BYTES_MAX = 64 * 1024;

/**
 * Redis' glob (stringmatchlen), compiled: `*` any bytes, `?` one byte, `[a-z]` and `[^a-z]` one of a set, `\` takes the next
 * byte as it is. A mismatch goes back to the last `*` alone, which is enough for globs, so the time is bounded by the product
 * of the lengths. That is still minutes for a hostile pair, so a match can be made in pieces. One object serves one match at a time.
 */
export class Glob {
  /** A byte, or ANY, STAR, or FIRST_SET and more: the number of a set. */
  private readonly elements: Int32Array;
  /** 256 bits for each set. */
  private readonly sets: Uint8Array;
  private text: Bytes = NOTHING;
  private element = 0;
  private textAt = 0;
  /** The element after the last `*`, -1 before the first one, and where in the text its latest try began. */
  private starElement = -1;
  private starText = 0;

  constructor(pattern: Bytes) {
    if (pattern.length > PATTERN_BYTES_MAX) {
      throw new RespError(`ERR pattern of ${pattern.length} bytes is longer than ${PATTERN_BYTES_MAX}`);
    }
    const compiled = compile(pattern);
    this.elements = Int32Array.from(compiled.elements);
    this.sets = Uint8Array.from(compiled.sets);
  }

  matches(text: Bytes): boolean {
    this.start(text);
    return this.run(Number.POSITIVE_INFINITY) === true;
  }

  /** Begins a match. Tells whether the text matches; undefined: it takes longer, go on by `run`. */
  begin(text: Bytes): boolean | undefined {
    this.start(text);
    return this.run(PIECE_STEPS);
  }

  /** As `matches`, in so many steps at most; undefined: it would take more. */
  within(text: Bytes, steps: number): boolean | undefined {
    this.start(text);
    return this.run(steps);
  }

  /** Goes on for so many steps. Tells whether the text matches; undefined: it is not known yet. */
  run(steps: number): boolean | undefined {
    const { elements, text } = this;
    // As in Redis, where only the pattern that matches all is asked for the empty key, by isMatchAll.
    if (text.length === 0) return elements.length === 0;
    let { element, textAt, starElement, starText } = this;
    for (let left = steps; left > 0; left--) {
      if (textAt === text.length) return this.isAtEnd(element);
      const wanted = element < elements.length ? elements[element]! : NOTHING_MORE;
      if (wanted === text[textAt] || (wanted >= ANY && wanted !== STAR && this.accepts(wanted, text[textAt]!))) {
        element++;
        textAt++;
      } else if (wanted === STAR) {
        starElement = ++element;
        starText = textAt;
        if (starElement === elements.length) return true;
      } else if (starElement >= 0) {
        element = starElement;
        textAt = ++starText;
      } else {
        return false;
      }
    }
    this.element = element;
    this.textAt = textAt;
    this.starElement = starElement;
    this.starText = starText;
    return undefined;
  }

  private start(text: Bytes): void {
    this.text = text;
    this.element = 0;
    this.textAt = 0;
    this.starElement = -1;
    this.starText = 0;
  }

  /** Of an element that is no single byte. */
  private accepts(element: number, byte: number): boolean {
    if (element === ANY) return true;
    return (this.sets[SET_BYTES * (element - FIRST_SET) + (byte >>> 3)]! & (1 << (byte & 7))) !== 0;
  }

  /** The text is used up: what is left of the pattern may be a `*`, and no more. */
  private isAtEnd(element: number): boolean {
    const { elements } = this;
    return element === elements.length || (element === elements.length - 1 && elements[element] === STAR);
  }
}

/**
 * Goes on with a match that `begin` did not end, in steps of some tenths of a millisecond. One that would take seconds is
 * refused: no pattern of up to 64 bytes takes as long, whatever the key.
 */
export function* goingOn(glob: Glob): Generator<undefined, boolean> {
  for (let pieces = 0; pieces < PIECES_MAX; pieces++) {
    yield;
    const isMatch = glob.run(PIECE_STEPS);
    if (isMatch !== undefined) return isMatch;
  }
  throw new RespError('ERR the pattern takes too long to match against one of the keys; use a shorter one');
}

/** The whole match of one text that is known to be short. */
export function globMatches(pattern: Bytes, text: Bytes): boolean {
  return new Glob(pattern).matches(text);
}

/** A pattern that matches everything, for which keys need not be looked at. */
export function isMatchAll(pattern: Bytes): boolean {
  return pattern.length === 1 && pattern[0] === ASTERISK;
}

/** The bytes with which everything begins that a pattern matches. */
export function literalStart(pattern: Bytes): Bytes {
  const bytes: number[] = [];
  for (let at = 0; at < pattern.length; at++) {
    if ([ASTERISK, QUESTION, OPEN].includes(pattern[at]!)) break;
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) at++;
    bytes.push(pattern[at]!);
  }
  return Uint8Array.from(bytes);
}

// ---

const NOTHING = new Uint8Array(0);
const PIECE_STEPS = 1 << 16;
const PIECES_MAX = 1 << 10;
/** Equal to no byte, and no element. */
const NOTHING_MORE = -1;
const ANY = 256;
const STAR = 257;
const FIRST_SET = 258;
const SET_BYTES = 32;
const ASTERISK = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

interface Compiled {
  readonly elements: number[];
  readonly sets: number[];
}

function compile(pattern: Bytes): Compiled {
  const compiled: Compiled = { elements: [], sets: [] };
  for (let at = 0; at < pattern.length; ) at = compileOne(compiled, pattern, at);
  return compiled;
}

/** Compiles the element at `at`; returns where the next one begins. */
function compileOne({ elements, sets }: Compiled, pattern: Bytes, at: number): number {
  switch (pattern[at]) {
    case ASTERISK:
      if (elements[elements.length - 1] !== STAR) elements.push(STAR);
      return at + 1;
    case QUESTION:
      elements.push(ANY);
      return at + 1;
    case OPEN: {
      elements.push(FIRST_SET + sets.length / SET_BYTES);
      const bits = new Uint8Array(SET_BYTES);
      const next = readSet(bits, pattern, at + 1);
      for (const byte of bits) sets.push(byte);
      return next;
    }
    case BACKSLASH: {
      const literal = at + 1 < pattern.length ? at + 1 : at;
      elements.push(pattern[literal]!);
      return literal + 1;
    }
    default:
      elements.push(pattern[at]!);
      return at + 1;
  }
}

/** Reads a set from behind its bracket on; returns what follows it. One that is not closed ends with the pattern, as in Redis. */
function readSet(bits: Uint8Array, pattern: Bytes, from: number): number {
  const isNegated = pattern[from] === CARET;
  let at = isNegated ? from + 1 : from;
  while (at < pattern.length && pattern[at] !== CLOSE) {
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) {
      addRange(bits, pattern[at + 1]!, pattern[at + 1]!);
      at += 2;
    } else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      addRange(bits, pattern[at]!, pattern[at + 2]!);
      at += 3;
    } else {
      addRange(bits, pattern[at]!, pattern[at]!);
      at++;
    }
  }
  if (isNegated) for (let i = 0; i < SET_BYTES; i++) bits[i] = ~bits[i]!;
  return Math.min(at + 1, pattern.length);
}

/** Bytes are signed in Redis' ranges, as the characters of C are on most machines: [a-\xff] is \xff to a. */
function addRange(bits: Uint8Array, from: number, to: number): void {
  const [a, b] = [signed(from), signed(to)];
  for (let value = Math.min(a, b); value <= Math.max(a, b); value++) {
    const byte = value & 0xff;
    bits[byte >>> 3] = bits[byte >>> 3]! | (1 << (byte & 7));
  }
}

function signed(byte: number): number {
  return (byte << 24) >> 24;
}
