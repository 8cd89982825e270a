import type { ArgumentList } from '../../codec/argument-list.js';
import type { Reply } from '../../codec/reply.js';
import type { Context } from '../../session.js';
import { wrongArguments } from '../arguments.js';
import { admitParts, overParts } from '../over-parts.js';

/** HSET and HMSET. `reply`: by how many fields came into being. */
export function setFields(
  context: Context,
  args: ArgumentList,
  commandName: string,
  reply: (added: number) => Reply,
): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  if (args.length % 2 !== 0) throw wrongArguments(commandName);
  if (args.length === 4) return reply(setField(context, args, 2));
  keyspace.collection(session.database, args.at(1), 'hash');
  admitParts(context, args, 2, 2);
  let added = 0;
  return overParts(context, args, {
    from: 2,
    width: 2,
    changes: true,
    each: (index) => {
      added += setField(context, args, index);
    },
    reply: () => reply(added),
  });
}

// ---

/** Returns how many fields came into being: 1 or 0. */
function setField({ keyspace, session }: Context, args: ArgumentList, index: number): number {
  const { database } = session;
  const [key, field] = [args.at(1), args.at(index)];
  const added = keyspace.collection(database, key, 'hash')?.get(field) === undefined ? 1 : 0;
  keyspace.putPart(database, key, 'hash', field, args.at(index + 1));
  return added;
}
