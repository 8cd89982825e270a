import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { stepsOver } from './over-arguments.js';
import type { Steps } from './slices.js';

/** Throws if the keys and values of the arguments cannot be written: after that none of them is refused in the middle. */
export function admitPairs({ keyspace }: Context, args: ArgumentList): void {
  let keyBytes = 0;
  for (let i = 1; i < args.length; i += 2) keyBytes = Math.max(keyBytes, args.lengthOf(i));
  keyspace.admitWrites(keyBytes);
}

/** Writes all pairs of key and value. */
export function writingPairs(context: Context, args: ArgumentList, reply: Reply): Steps {
  const { keyspace, session } = context;
  return stepsOver(context, args, {
    hasValues: true,
    each: (request, nowMs) => keyspace.writeAdmitted(session.database, request, nowMs),
    reply: () => reply,
  });
}
