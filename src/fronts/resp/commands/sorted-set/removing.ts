import type { Bytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import type { ScoredMember } from '../../collection.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import type { Steps } from '../slices.js';
import { MEMBERS_PER_STEP, membersAt, sortedSetAt } from './members.js';
import { type RangeKind, type Ranks, readRange } from './ranges.js';

/** ZREMRANGEBYRANK and its like: takes the members of a range out. Replies with how many they were. */
export function removeRange(context: Context, args: readonly Bytes[], kind: RangeKind): Reply | Promise<Reply> {
  const range = readRange(kind, args[2]!, args[3]!);
  const { keyspace, session } = context;
  const collection = sortedSetAt(context, args[1]!);
  if (collection === undefined) return 0;
  const ranks = range(collection);
  if (ranks.count < collection.size) return alone(context, removing(context, copyOf(args[1]!), ranks), () => {});
  keyspace.delete(session.database, copyOf(args[1]!));
  return ranks.count;
}

/** Takes members out, of a few at each step; `each` is told of them. A range that is reversed is taken from its end. */
export function* takingOut(
  context: Context,
  key: Bytes,
  { first, count }: Ranks,
  isReversed: boolean,
  each: (member: ScoredMember) => void,
): Generator<undefined, void> {
  const { keyspace, session } = context;
  if (count > 0) keyspace.admitWrites(0, true);
  for (let left = count; left > 0; ) {
    const collection = sortedSetAt(context, key);
    if (collection === undefined) return;
    const taken = Math.min(left, MEMBERS_PER_STEP, collection.size - first);
    if (taken <= 0) return;
    const from = isReversed ? Math.min(first + left, collection.size) - taken : first;
    for (const member of membersAt(collection, { first: from, count: taken }, isReversed)) {
      keyspace.deletePart(session.database, key, 'zset', member.name);
      each(member);
    }
    left -= taken;
    if (left > 0) yield;
  }
}

// ---

function* removing(context: Context, key: Bytes, ranks: Ranks): Steps {
  let removed = 0;
  yield* takingOut(context, key, ranks, false, () => removed++);
  return removed;
}
