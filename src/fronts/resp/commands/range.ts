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
  return isBackwards(start, end) ? EMPTY : cutRange(start, end, length);
}

/** Both count from the end, and the first comes after the last: most commands take that as empty, whatever the length. */
export function isBackwards(start: number, end: number): boolean {
  return start < 0 && end < 0 && start > end;
}

export function cutRange(start: number, end: number, length: number): PositionRange {
  const first = Math.max(0, start < 0 ? length + start : start);
  const last = Math.min(length - 1, Math.max(0, end < 0 ? length + end : end));
  return first > last || length === 0 ? EMPTY : { first, last };
}

// ---

const EMPTY: PositionRange = { first: 0, last: -1 };
