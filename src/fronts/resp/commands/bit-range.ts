import type { Bytes } from '../../../core/model/bytes.js';
import { isWord, syntaxError } from './arguments.js';
import { cutRange, type PositionRange } from './range.js';

/** Whether a range is stated in bits, and not in bytes as without a word. */
export function isInBits(unit: Bytes | undefined): boolean {
  const isBits = unit !== undefined && isWord(unit, 'bit');
  if (unit !== undefined && !isBits && !isWord(unit, 'byte')) throw syntaxError();
  return isBits;
}

/** The bits from `start` to `end`, which are stated in bits or in bytes, of a value of `bytes` bytes. */
export function bitsWithin(bytes: number, start: number, end: number, isBits: boolean): PositionRange {
  const { first, last } = cutRange(start, end, isBits ? bytes * 8 : bytes);
  return isBits ? { first, last } : { first: first * 8, last: last * 8 + 7 };
}
