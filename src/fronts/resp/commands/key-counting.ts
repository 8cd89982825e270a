import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { overArguments } from './over-arguments.js';

/** DEL and UNLINK: how many of the keys were there. */
export function deleteKeys(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  keyspace.admitWrites(0, true);
  let deleted = 0;
  return overArguments(context, args, {
    hasValues: false,
    changes: true,
    each: (request, nowMs) => {
      if (keyspace.deleteShort(session.database, request, nowMs)) deleted++;
    },
    reply: () => deleted,
  });
}

/** EXISTS and TOUCH: a key that is named twice counts twice, as in Redis. */
export function countExisting(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  let existing = 0;
  return overArguments(context, args, {
    hasValues: false,
    changes: false,
    each: (request, nowMs) => {
      if (keyspace.hasShort(session.database, request, nowMs)) existing++;
    },
    reply: () => existing,
  });
}
