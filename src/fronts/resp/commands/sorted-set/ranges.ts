import { type Bytes, compareBytes } from '../../../../core/model/bytes.js';
import type { SortedCollection } from '../../collection.js';
import { RespError } from '../../keyspace.js';
import { integerOf } from '../arguments.js';
import { boundNumber } from './score.js';

/** Members next to each other: the rank of the first, and how many they are. */
export interface Ranks {
  readonly first: number;
  readonly count: number;
}

/** Which members somebody wants, whatever sorted set they are in. */
export type Range = (collection: SortedCollection) => Ranks;

export type RangeKind = 'rank' | 'score' | 'lex';

/** Reads the two ends of a range, the lower one first. `isReversed`: ranks count from the highest score. */
export function readRange(kind: RangeKind, from: Bytes, to: Bytes, isReversed = false): Range {
  if (kind === 'rank') return readRanks(from, to, isReversed);
  return kind === 'score' ? readScores(from, to) : readNames(from, to);
}

// ---

const NONE: Ranks = { first: 0, count: 0 };
const OPEN = 0x28;
const CLOSED = 0x5b;
const MINUS = 0x2d;
const PLUS = 0x2b;

function between(first: number, end: number): Ranks {
  return first < end ? { first, count: end - first } : NONE;
}

/** Beyond the safe integers ranks are not exact, which makes no difference, since no set is that large. */
function readRanks(from: Bytes, to: Bytes, isReversed: boolean): Range {
  const [start, end] = [Number(integerOf(from)), Number(integerOf(to))];
  return ({ size }) => {
    const first = Math.max(0, start < 0 ? size + start : start);
    const last = Math.min(size - 1, end < 0 ? size + end : end);
    return isReversed ? between(size - 1 - last, size - first) : between(first, last + 1);
  };
}

interface ScoreEnd {
  readonly score: number;
  readonly isOpen: boolean;
}

function readScores(from: Bytes, to: Bytes): Range {
  const [least, most] = [readScoreEnd(from), readScoreEnd(to)];
  return (collection) =>
    between(collection.countBelow(least.score, least.isOpen), collection.countBelow(most.score, !most.isOpen));
}

function readScoreEnd(argument: Bytes): ScoreEnd {
  const isOpen = argument[0] === OPEN;
  const score = boundNumber(isOpen ? argument.subarray(1) : argument);
  if (Number.isNaN(score)) throw new RespError('ERR min or max is not a float');
  return { score, isOpen };
}

type NameEnd = 'first' | 'last' | { readonly name: Bytes; readonly isOpen: boolean };

/** Of members that have the same score; of others it means nothing, as in Redis. */
function readNames(from: Bytes, to: Bytes): Range {
  const [least, most] = [readNameEnd(from), readNameEnd(to)];
  return (collection) => between(countBefore(collection, least, false), countBefore(collection, most, true));
}

function readNameEnd(argument: Bytes): NameEnd {
  const isAlone = argument.length === 1 || argument[1] === 0;
  if (argument[0] === MINUS && isAlone) return 'first';
  if (argument[0] === PLUS && isAlone) return 'last';
  if (argument[0] !== OPEN && argument[0] !== CLOSED) throw new RespError('ERR min or max not valid string range item');
  return { name: new Uint8Array(argument.subarray(1)), isOpen: argument[0] === OPEN };
}

/** How many members are before an end of a range. `isUpper`: the end itself counts if the range is closed there. */
function countBefore(collection: SortedCollection, end: NameEnd, isUpper: boolean): number {
  if (end === 'first') return 0;
  if (end === 'last') return collection.size;
  const countsEqual = isUpper !== end.isOpen;
  let low = 0;
  for (let high = collection.size; low < high; ) {
    const middle = (low + high) >>> 1;
    const order = compareBytes(collection.atRank(middle).name, end.name);
    if (order < 0 || (order === 0 && countsEqual)) low = middle + 1;
    else high = middle;
  }
  return low;
}
