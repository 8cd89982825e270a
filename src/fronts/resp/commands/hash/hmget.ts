import type { ArgumentList } from '../../codec/argument-list.js';
import type { Reply } from '../../codec/reply.js';
import { replyInPieces } from '../../codec/reply-writer.js';
import type { Context } from '../../session.js';
import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { overParts } from '../over-parts.js';

export const hmgetCommand: CommandDefinition = {
  name: 'hmget',
  arity: -3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany(getFields),
};

// ---

function getFields(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const lookUp = () => keyspace.collection(session.database, args.at(1), 'hash');
  const found = replyInPieces();
  found.protocol = session.protocol;
  found.array(args.length - 2);
  let hash = lookUp();
  return overParts(context, args, {
    from: 2,
    width: 1,
    changes: false,
    resume: () => {
      hash = lookUp();
    },
    each: (index) => {
      const value = hash?.get(args.at(index));
      if (value === undefined) found.null();
      else found.bulk(value);
    },
    reply: () => ({ kind: 'encoded', chunks: found.take() }),
    replyBytes: () => found.length,
  });
}
