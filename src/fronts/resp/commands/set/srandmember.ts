import type { Bytes } from '../../../../core/model/bytes.js';
import { INT64_MAX } from '../../codec/integer.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import type { Steps } from '../slices.js';
import { placeByChance } from './chance.js';
import { setAt } from './members.js';
import { MembersReply } from './members-reply.js';
import { NameSet } from './name-set.js';
import { walking } from './walking.js';

export const srandmemberCommand: CommandDefinition = {
  name: 'srandmember',
  arity: -2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    if (args.length > 3) throw syntaxError();
    if (args.length === 2) return memberByChance(context, args[1]!);
    const [key, count] = [copyOf(args[1]!), countOf(args[2]!)];
    return alone(
      context,
      picking(context, key, count),
      () => {},
      () => !context.session.isGone,
    );
  },
};

// ---

function countOf(argument: Bytes): number {
  const count = integerOf(argument);
  if (count < -INT64_MAX) throw new RespError(OUT_OF_RANGE);
  return Number(count);
}

const OUT_OF_RANGE = `ERR value is out of range, value must between -${INT64_MAX} and ${INT64_MAX}`;

function memberByChance(context: Context, key: Bytes): Bytes | null {
  const set = setAt(context, key);
  return set === undefined ? null : set.at(placeByChance(set)).name;
}

function* picking(context: Context, key: Bytes, count: number): Steps {
  const found = new MembersReply(context);
  const size = setAt(context, key)?.size ?? 0;
  if (count < 0) yield* pickAny(context, key, -count, found);
  else if (2 * count >= size) yield* pickMost(context, key, count, size, found);
  else yield* pickFew(context, key, count, found);
  return found.asArray();
}

const MEMBERS_PER_STEP = 64;

/** The same one may be picked again. */
function* pickAny(context: Context, key: Bytes, count: number, found: MembersReply): Generator<undefined, void> {
  for (let i = 1; i <= count; i++) {
    const member = memberByChance(context, key);
    if (member === null) return;
    found.add(member);
    if (i % MEMBERS_PER_STEP > 0) continue;
    context.hold(found.bytes);
    yield;
  }
}

/** Goes over all of them: each is taken with the likelihood that makes as many as are wanted (Knuth, TAOCP 2, algorithm S). */
function* pickMost(
  context: Context,
  key: Bytes,
  count: number,
  size: number,
  found: MembersReply,
): Generator<undefined, void> {
  let [wanted, left] = [count, size];
  yield* walking(context, key, (members) => {
    for (const { name } of members) {
      if (wanted === 0 || Math.random() * left-- >= wanted) continue;
      found.add(name);
      wanted--;
    }
    context.hold(found.bytes);
    return wanted > 0;
  });
}

/** At least half of all are not wanted, so that a pick is a new one in two tries or less. */
function* pickFew(context: Context, key: Bytes, count: number, found: MembersReply): Generator<undefined, void> {
  const picked = new NameSet();
  // Bounded, since a set may shrink meanwhile by what other nodes write.
  for (let tries = 1; picked.size < count && tries < 100 + 8 * count; tries++) {
    const member = memberByChance(context, key);
    if (member === null) return;
    if (picked.add(member)) found.add(member);
    if (tries % MEMBERS_PER_STEP > 0) continue;
    context.hold(found.bytes + picked.bytes);
    yield;
  }
}
