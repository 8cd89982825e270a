import type { Bytes } from '../../../core/model/bytes.js';
import { integerOf } from './arguments.js';

/** First and last of a range of positions, both inclusive; first > last: the range is empty. */
export interface PositionRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Redis' ranges: negative positions count from the end, and what lies outside is cut off. Beyond the safe integers positions
 * are not exact, which makes no difference, since no value is that long.
 */
export function rangeWithin(startArgument: Bytes, endArgument: Bytes, length: number): PositionRange {
  const [start, end] = [Number(integerOf(startArgument)), Number(integerOf(endArgument))];
  return cutRange(start, end, length);
}

export function cutRange(start: number, end: number, length: number): PositionRange {
  if (start < 0 && end < 0 && start > end) return EMPTY;
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
  return first > last || length === 0 ? EMPTY : { first, last };
}

// ---

const EMPTY: PositionRange = { first: 0, last: -1 };
