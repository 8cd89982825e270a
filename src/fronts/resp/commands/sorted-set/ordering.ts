import { compareBytes } from '../../../../core/model/bytes.js';
import type { ScoredMember } from '../../collection.js';

/** Brings members into the order of a sorted set, in steps: a merge sort, since a million of them at once would hold the event loop. */
export function* ordered<T extends ScoredMember>(members: readonly T[]): Generator<undefined, readonly T[]> {
  if (members.length <= RUN) return [...members].sort(compareMembers);
  let from: T[] = [];
  for (let start = 0; start < members.length; start += RUN) {
    for (const member of members.slice(start, start + RUN).sort(compareMembers)) from.push(member);
    yield;
  }
  let to = new Array<T>(from.length);
  for (let width = RUN; width < from.length; width *= 2) {
    for (let start = 0; start < from.length; start += 2 * width) yield* merging(from, to, start, width);
    [from, to] = [to, from];
  }
  return from;
}

export function compareMembers(a: ScoredMember, b: ScoredMember): number {
  if (a.score !== b.score) return a.score < b.score ? -1 : 1;
  return compareBytes(a.name, b.name);
}

// ---

/** So many are sorted, or merged, at a step. */
const RUN = 512;

/** Merges the two ordered runs of a width that begin at a place. */
function* merging<T extends ScoredMember>(
  from: readonly T[],
  to: T[],
  start: number,
  width: number,
): Generator<undefined, void> {
  const middle = Math.min(start + width, from.length);
  const end = Math.min(middle + width, from.length);
  let [one, other] = [start, middle];
  for (let at = start; at < end; at++) {
    const isOne = other >= end || (one < middle && compareMembers(from[one]!, from[other]!) <= 0);
    to[at] = isOne ? from[one++]! : from[other++]!;
    if (at % RUN === RUN - 1) yield;
  }
}
