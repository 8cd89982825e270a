import type { Bytes } from '../../../../core/model/bytes.js';
import { NULL_ARRAY, type Reply } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, syntaxError } from '../arguments.js';
import type { Steps } from '../slices.js';
import { sortedSetAt } from './members.js';
import { LongMembersReply, membersReply, type ScoreForm, scoreForm } from './members-reply.js';
import { takingOut } from './removing.js';

export type PoppedEnd = 'least' | 'most';

/** ZPOPMIN and ZPOPMAX. */
export function popMembers(context: Context, args: readonly Bytes[], end: PoppedEnd): Reply | Promise<Reply> {
  if (args.length > 3) throw syntaxError();
  if (args.length === 2) return popOne(context, args[1]!, end);
  const count = countOf(args[2]!);
  if (sortedSetAt(context, args[1]!) === undefined || count === 0) return [];
  return alone(context, popping(context, copyOf(args[1]!), end, count, scoreForm(context, true)), () => {});
}

/** ZMPOP: members of the first of these keys that has some. */
export function popFromFirst(
  context: Context,
  keys: readonly Bytes[],
  end: PoppedEnd,
  count: number,
): Reply | Promise<Reply> {
  const key = keys.find((one) => sortedSetAt(context, one) !== undefined);
  if (key === undefined) return NULL_ARRAY;
  return alone(context, poppingFrom(context, copyOf(key), end, count), () => {});
}

// ---

const NOT_POSITIVE = 'ERR value is out of range, must be positive';

function countOf(argument: Bytes): number {
  const count = integerOf(argument, NOT_POSITIVE);
  if (count < 0) throw new RespError(NOT_POSITIVE);
  return Number(count);
}

function popOne(context: Context, key: Bytes, end: PoppedEnd): Reply {
  const { keyspace, session } = context;
  const collection = sortedSetAt(context, key);
  if (collection === undefined) return [];
  const member = collection.atRank(end === 'least' ? 0 : collection.size - 1);
  keyspace.deletePart(session.database, key, 'zset', member.name);
  // As in Redis, no pair in a list: it is one.
  return membersReply([member], 'behind');
}

function* popping(context: Context, key: Bytes, end: PoppedEnd, count: number, form: ScoreForm): Steps {
  const popped = new LongMembersReply(context, form);
  const size = sortedSetAt(context, key)?.size ?? 0;
  const taken = Math.min(count, size);
  const ranks = { first: end === 'least' ? 0 : size - taken, count: taken };
  for (const _ of takingOut(context, key, ranks, end === 'most', (member) => popped.add(member))) {
    context.hold(popped.bytes);
    yield;
  }
  return popped.reply();
}

function* poppingFrom(context: Context, key: Bytes, end: PoppedEnd, count: number): Steps {
  return [key, yield* popping(context, key, end, count, 'pairs')];
}
