import { errorReply, NULL_ARRAY, type Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context, Session, Transaction } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { isPromise, perform } from './perform.js';
import { hasWatchedChange } from './watch.js';

export const execCommand: CommandDefinition = {
  name: 'exec',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'skip_slowlog'],
  immediate: true,
  handle(context) {
    const { session } = context;
    const { transaction } = session;
    if (transaction === null) throw new RespError('ERR EXEC without MULTI');
    const obstacle = obstacleOf(context, transaction);
    session.transaction = null;
    session.watched.clear();
    return obstacle ?? execute(context, transaction);
  },
};

// ---

/** The reply when the transaction must not run; null when it may. */
function obstacleOf(context: Context, { failed, queue }: Transaction): Reply | null {
  if (failed) return errorReply('EXECABORT Transaction discarded because of previous errors.');
  const needsData = context.session.watched.size > 0 || queue.some(({ command }) => command.needsData === true);
  const unavailable = needsData ? context.keyspace.unavailable() : null;
  if (unavailable !== null) return errorReply(`EXECABORT Transaction discarded because of: ${unavailable}`);
  return hasWatchedChange(context) ? NULL_ARRAY : null;
}

/** All commands run in this turn. A reply that comes later (WAIT) holds the whole answer back, not the commands. */
function execute(context: Context, { queue }: Transaction): Reply | Promise<Reply> {
  context.atomic = true;
  const replies = queue.map(({ command, args }) => inProtocol(context.session, perform(command, context, args)));
  context.atomic = false;
  return replies.some(isPromise) ? Promise.all(replies) : (replies as Reply[]);
}

/** HELLO may switch the protocol in the middle: each reply is in the protocol of its command's moment. */
function inProtocol({ protocol }: Session, reply: Reply | Promise<Reply>): Reply | Promise<Reply> {
  if (isPromise(reply)) return reply.then((late) => ({ kind: 'in-protocol', protocol, reply: late }));
  return { kind: 'in-protocol', protocol, reply };
}
