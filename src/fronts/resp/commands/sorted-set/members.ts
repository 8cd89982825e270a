import type { Bytes } from '../../../../core/model/bytes.js';
import type { ScoredMember, SortedCollection } from '../../collection.js';
import type { Context } from '../../session.js';
import type { Ranks } from './ranges.js';

/** So many members take no time that anybody would notice. */
export const MEMBERS_PER_STEP = 128;

/** The sorted set at a key; undefined: there is none. Throws WRONGTYPE. It is good until something is written, or another turn begins. */
export function sortedSetAt({ keyspace, session }: Context, key: Bytes): SortedCollection | undefined {
  return keyspace.collection(session.database, key, 'zset');
}

/** A few members, in their order or in the reverse one. */
export function membersAt(collection: SortedCollection, { first, count }: Ranks, isReversed: boolean): ScoredMember[] {
  const members = new Array<ScoredMember>(count);
  for (let i = 0; i < count; i++) members[i] = collection.atRank(isReversed ? first + count - 1 - i : first + i);
  return members;
}

/**
 * Goes over members by rank, some at each step. The set is asked for anew each time: other members of the cluster may write in
 * between, so that what was found first may be gone, or elsewhere.
 */
export function* walking(
  context: Context,
  key: Bytes,
  { first, count }: Ranks,
  isReversed: boolean,
  each: (member: ScoredMember) => void,
): Generator<undefined, void> {
  for (let done = 0; done < count; done += MEMBERS_PER_STEP) {
    if (done > 0) yield;
    const collection = sortedSetAt(context, key);
    if (collection === undefined) return;
    const end = Math.min(count, done + MEMBERS_PER_STEP);
    for (let i = done; i < end; i++) {
      const rank = isReversed ? first + count - 1 - i : first + i;
      if (rank < collection.size) each(collection.atRank(rank));
    }
  }
}
