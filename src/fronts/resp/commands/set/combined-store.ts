import type { Bytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import type { Steps } from '../slices.js';
import { type Combination, combining, type MemberSink } from './combining.js';
import { addMember } from './members.js';

/** SINTERSTORE, SUNIONSTORE and SDIFFSTORE: the set of the members takes the place of whatever is at the first key. */
export function storeCombined(
  context: Context,
  combination: Combination,
  args: readonly Bytes[],
): Reply | Promise<Reply> {
  const [target, ...keys] = args.slice(1).map(copyOf);
  return alone(context, storing(context, combination, target!, keys), () => {});
}

// ---

const MEMBERS_PER_STEP = 64;

function* storing(context: Context, combination: Combination, target: Bytes, keys: readonly Bytes[]): Steps {
  const { keyspace, session, hold } = context;
  const found = new MemberList();
  yield* combining(context, combination, keys, found);
  if (found.members.length > 0) keyspace.admitWrites(target.length + found.longest);
  keyspace.delete(session.database, target, found.members.length > 0);
  let count = 0;
  for (const member of found.members) {
    addMember(context, target, member);
    if (++count % MEMBERS_PER_STEP > 0) continue;
    hold(found.bytes);
    yield;
  }
  return count;
}

class MemberList implements MemberSink {
  readonly isFull = false;
  readonly members: Bytes[] = [];
  longest = 0;
  bytes = 0;

  add(member: Bytes): void {
    this.members.push(member);
    this.longest = Math.max(this.longest, member.length);
    this.bytes += REFERENCE_BYTES;
  }
}

/** A member is no copy. */
const REFERENCE_BYTES = 100;
