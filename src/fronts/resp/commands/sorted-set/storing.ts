import type { Bytes } from '../../../../core/model/bytes.js';
import type { ScoredMember } from '../../collection.js';
import type { Context } from '../../session.js';
import { scoreToCopy } from './score.js';

/** Puts a sorted set of these members in the place of whatever is at a key, in steps; where there are none, nothing. Returns how many they are. */
export function* storing(
  { keyspace, session }: Context,
  target: Bytes,
  members: readonly ScoredMember[],
): Generator<undefined, number> {
  let longest = 0;
  for (const { name } of members) longest = Math.max(longest, name.length);
  if (members.length > 0) keyspace.admitWrites(target.length + longest);
  keyspace.delete(session.database, target, members.length > 0);
  let count = 0;
  for (const { name, score } of members) {
    keyspace.putPart(session.database, target, 'zset', name, scoreToCopy(score));
    if (++count % MEMBERS_PER_STEP === 0) yield;
  }
  return count;
}

/** What one of them holds beside its name, about. */
export const MEMBER_BYTES = 150;

// ---

const MEMBERS_PER_STEP = 64;
