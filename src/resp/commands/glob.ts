import type { Bytes } from '../../core/bytes.js';

/**
 * Redis' glob: `*` any bytes, `?` one byte, `[a-z]` and `[^a-z]` one of a set, `\` takes the next byte as it is.
 * A mismatch goes back to the last `*` only, which is enough for globs: the time is bounded by the product of the lengths,
 * where matching every `*` by recursion takes exponential time on hostile patterns.
 */
export function globMatches(pattern: Bytes, text: Bytes): boolean {
  // As in Redis, where only the pattern that matches all is asked for the empty key, by isMatchAll.
  if (text.length === 0) return pattern.length === 0;
  let patternAt = 0;
  let textAt = 0;
  let starPattern = -1;
  let starText = 0;
  while (textAt < text.length) {
    if (pattern[patternAt] === STAR) {
      starPattern = ++patternAt;
      starText = textAt;
      continue;
    }
    const next = patternAt < pattern.length ? matchByte(pattern, patternAt, text[textAt]!) : -1;
    if (next >= 0) {
      patternAt = next;
      textAt++;
    } else if (starPattern >= 0) {
      patternAt = starPattern;
      textAt = ++starText;
    } else {
      return false;
    }
    if (starPattern === pattern.length) return true;
  }
  while (pattern[patternAt] === STAR) patternAt++;
  return patternAt === pattern.length;
}

/** A pattern that matches everything, for which keys need not be looked at. */
export function isMatchAll(pattern: Bytes): boolean {
  return pattern.length === 1 && pattern[0] === STAR;
}

// ---

const STAR = 0x2a;
const QUESTION = 0x3f;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const CARET = 0x5e;
const DASH = 0x2d;
const BACKSLASH = 0x5c;

/** Matches one byte against the element at `at`; the place of the next element, or -1. */
function matchByte(pattern: Bytes, at: number, byte: number): number {
  switch (pattern[at]) {
    case QUESTION:
      return at + 1;
    case OPEN:
      return matchSet(pattern, at + 1, byte);
    case BACKSLASH: {
      const literal = at + 1 < pattern.length ? at + 1 : at;
      return pattern[literal] === byte ? literal + 1 : -1;
    }
    default:
      return pattern[at] === byte ? at + 1 : -1;
  }
}

/** A set that is not closed ends with the pattern, as in Redis. */
function matchSet(pattern: Bytes, from: number, byte: number): number {
  const negated = pattern[from] === CARET;
  let found = false;
  let at = negated ? from + 1 : from;
  while (at < pattern.length && pattern[at] !== CLOSE) {
    if (pattern[at] === BACKSLASH && at + 1 < pattern.length) {
      found ||= pattern[at + 1] === byte;
      at += 2;
    } else if (pattern[at + 1] === DASH && at + 2 < pattern.length) {
      const [a, b] = [pattern[at]!, pattern[at + 2]!];
      found ||= byte >= Math.min(a, b) && byte <= Math.max(a, b);
      at += 3;
    } else {
      found ||= pattern[at] === byte;
      at++;
    }
  }
  return found === negated ? -1 : Math.min(at + 1, pattern.length);
}
