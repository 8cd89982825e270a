import type { ArgumentList } from '../../codec/argument-list.js';
import type { Reply } from '../../codec/reply.js';
import { replyInPieces } from '../../codec/reply-writer.js';
import type { Context } from '../../session.js';
import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { overParts } from '../over-parts.js';
import { setAt } from './members.js';

export const smismemberCommand: CommandDefinition = {
  name: 'smismember',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany(areMembers),
};

// ---

function areMembers(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const found = replyInPieces();
  found.array(args.length - 2);
  setAt(context, args.at(1));
  return overParts(context, args, {
    from: 2,
    width: 1,
    changes: false,
    each: (index) => found.integer(setAt(context, args.at(1))?.get(args.at(index)) === undefined ? 0 : 1),
    reply: () => ({ kind: 'encoded', chunks: found.take() }),
  });
}
