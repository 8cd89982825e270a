import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import { replyInPieces } from '../codec/reply-writer.js';
import type { Context } from '../session.js';
import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { overArguments } from './over-arguments.js';

export const mgetCommand: CommandDefinition = {
  name: 'mget',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(getAll),
};

// ---

/** The reply is written as the values are found, since a million of them would be as many objects. */
function getAll(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const found = replyInPieces();
  found.protocol = session.protocol;
  found.array(args.length - 1);
  return overArguments(context, args, {
    hasValues: false,
    changes: false,
    each: (request, nowMs) => {
      // As in Redis, a value of another type is no error here, but no string either.
      if (!keyspace.findShort(session.database, request, nowMs, found)) found.null();
    },
    reply: () => ({ kind: 'encoded', chunks: found.take() }),
    replyBytes: () => found.length,
  });
}
