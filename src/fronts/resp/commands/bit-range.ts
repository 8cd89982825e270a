import type { Bytes } from '../../../core/model/bytes.js';
import { integerOf, isWord, syntaxError } from './arguments.js';
import { cutRange, type PositionRange } from './range.js';

/** The bits from `start` to `end`, as bytes or as bits, of a value of `bytes` bytes. */
export function bitsWithin(
  bytes: number,
  start: Bytes,
  end: Bytes | undefined,
  unit: Bytes | undefined,
): PositionRange {
  const first = Number(integerOf(start));
  const last = end === undefined ? -1 : Number(integerOf(end));
  const isBits = unit !== undefined && isWord(unit, 'bit');
  // Redis answers an empty range before it looks at the unit.
  if (first < 0 && last < 0 && first > last) return { first: 0, last: -1 };
  if (unit !== undefined && !isBits && !isWord(unit, 'byte')) throw syntaxError();
  const range = cutRange(first, last, isBits ? bytes * 8 : bytes);
  return isBits ? range : { first: range.first * 8, last: range.last * 8 + 7 };
}
