import { obstacleToAll } from '../admission.js';
import type { ArgumentList } from '../codec/argument-list.js';
import { errorReply, NULL_ARRAY, type Protocol, type Reply } from '../codec/reply.js';
import { ReplyTooLarge } from '../codec/reply-buffer.js';
import { replyInPieces } from '../codec/reply-writer.js';
import { RespError } from '../keyspace.js';
import type { Context, Transaction } from '../session.js';
import { alone } from './alone.js';
import type { CommandDefinition } from './definition.js';
import { isPromise, perform } from './perform.js';
import type { Steps } from './slices.js';
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
    session.transaction = null;
    const refusal = refusalOf(context, transaction);
    if (refusal === null) return alone(context, executing(context, transaction), () => {});
    session.watched.clear();
    return refusal;
  },
};

// ---

/** The reply when the transaction must not run, whatever became of the watched keys; null when it may. */
function refusalOf(context: Context, { failed, queue }: Transaction): Reply | null {
  if (failed) return errorReply('EXECABORT Transaction discarded because of previous errors.');
  const unavailable = context.session.watched.size > 0 ? context.keyspace.unavailable() : null;
  const refusal = unavailable ?? obstacleToAll(context, new Set(queue.map(({ command }) => command)));
  return refusal === null ? null : errorReply(`EXECABORT Transaction discarded because of: ${refusal}`);
}

/** A command at a step. Replies are written as they come, since each is in the protocol of its moment (HELLO may switch it). */
function* executing(context: Context, { queue, queuedBytes }: Transaction): Steps {
  const { session, hold } = context;
  const isChanged = yield* hasWatchedChange(context);
  session.watched.clear();
  if (isChanged) return NULL_ARRAY;
  const replies = new TransactionReplies(queue.length);
  for (const { command, args } of queue) {
    const answer = performInside(command, context, args);
    const reply = isPromise(answer) ? yield answer : answer;
    replies.add(reply, session.protocol);
    hold(queuedBytes + replies.length);
    yield;
  }
  return replies.whole();
}

/** All commands are performed, also where their replies together turn out to be too large for one. */
class TransactionReplies {
  private readonly writer = replyInPieces();
  private failure: ReplyTooLarge | null = null;

  constructor(count: number) {
    this.writer.array(count);
  }

  get length(): number {
    return this.writer.length;
  }

  add(reply: Reply, protocol: Protocol): void {
    if (this.failure !== null) return;
    this.writer.protocol = protocol;
    try {
      this.writer.write(reply);
    } catch (error) {
      if (!(error instanceof ReplyTooLarge)) throw error;
      this.failure = error;
      this.writer.discard();
    }
  }

  whole(): Reply {
    if (this.failure !== null) throw this.failure;
    return { kind: 'encoded', chunks: this.writer.take() };
  }
}

/** The transaction is alone, so what is inside need not be. */
function performInside(command: CommandDefinition, context: Context, args: ArgumentList): Reply | Promise<Reply> {
  context.atomic = true;
  try {
    return perform(command, context, args);
  } finally {
    context.atomic = false;
  }
}
