import type { ArgumentList } from '../../codec/argument-list.js';
import type { Reply } from '../../codec/reply.js';
import type { Context } from '../../session.js';
import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { admitParts, overParts } from '../over-parts.js';
import { addMember, setAt } from './members.js';

export const saddCommand: CommandDefinition = {
  name: 'sadd',
  arity: -3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) =>
    args.length === 3 ? Number(addMember(context, args.at(1), args.at(2))) : addAll(context, args),
  ),
};

// ---

function addAll(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  setAt(context, args.at(1));
  admitParts(context, args, 2, 1);
  let added = 0;
  return overParts(context, args, {
    from: 2,
    width: 1,
    changes: true,
    each: (index) => {
      if (addMember(context, args.at(1), args.at(index))) added++;
    },
    reply: () => added,
  });
}
