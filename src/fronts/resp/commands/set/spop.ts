import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { randomPart } from '../random-parts.js';
import type { Steps } from '../slices.js';
import { setAt } from './members.js';
import { MembersReply } from './members-reply.js';

export const spopCommand: CommandDefinition = {
  name: 'spop',
  arity: -2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    if (args.length > 3) throw syntaxError();
    if (args.length === 2) return popOne(context, args[1]!);
    const count = countOf(args[2]!);
    return alone(context, popping(context, copyOf(args[1]!), count), () => {});
  },
};

// ---

function countOf(argument: Bytes): number {
  const wrong = 'ERR value is out of range, must be positive';
  const count = integerOf(argument, wrong);
  if (count < 0) throw new RespError(wrong);
  return Number(count);
}

function popOne(context: Context, key: Bytes): Bytes | null {
  const { keyspace, session } = context;
  const set = setAt(context, key);
  if (set === undefined) return null;
  const { name } = randomPart(set);
  keyspace.deletePart(session.database, key, 'set', name);
  return name;
}

const MEMBERS_PER_STEP = 64;

function* popping(context: Context, key: Bytes, count: number): Steps {
  const popped = new MembersReply(context);
  if (setAt(context, key) !== undefined) context.keyspace.admitWrites(0, true);
  for (let i = 1; i <= count; i++) {
    const member = popOne(context, key);
    if (member === null) break;
    popped.add(member);
    if (i % MEMBERS_PER_STEP > 0) continue;
    context.hold(popped.bytes);
    yield;
  }
  return popped.asSet();
}
