import type { ArgumentList } from '../codec/argument-list.js';
import { errorReply, type Reply } from '../codec/reply.js';
import { REPLY_BYTES_MAX, ReplyTooLarge } from '../codec/reply-buffer.js';
import { noticed } from '../key-events/noticed-keyspace.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { textOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

/** Runs a command whose arguments were checked. Never throws or rejects: what goes wrong is the reply. */
export function perform(command: CommandDefinition, context: Context, args: ArgumentList): Reply | Promise<Reply> {
  if (command.flags.includes('write')) context.session.wrote = true;
  const { session, host } = context;
  const startedMs = performance.now();
  const isNoticed = host.keyEvents.isOn && command.needsData === true;
  const reply = attempt(command, isNoticed ? noticed(context, command, args) : context, args);
  if (command.isAct === true) tellAct(command, context, args, reply);
  if (!isPromise(reply)) {
    host.activity.performed(command, args, session, startedMs, reply);
    return reply;
  }
  const done = host.activity.begun(command, args, session, startedMs);
  return reply.then((late) => {
    done(late);
    return late;
  });
}

export function isPromise(reply: Reply | Promise<Reply>): reply is Promise<Reply> {
  return typeof reply === 'object' && reply !== null && 'then' in reply;
}

/** What an error of a command is to its client. */
export function failure(context: Context, error: unknown): Reply {
  if (error instanceof RespError) return errorReply(error.message);
  if (error instanceof ReplyTooLarge) return errorReply(`ERR the reply would have more than ${REPLY_BYTES_MAX} bytes`);
  context.host.reportInternalError(error);
  return errorReply('ERR internal error: the command failed by a fault of the node, see its log');
}

// ---

/** Of its arguments no more than a line has room for; of one that failed none, since a password may have been tried. */
const ACT_WORDS_MAX = 12;
const ACT_WORD_MAX = 80;

function tellAct(
  { name }: CommandDefinition,
  context: Context,
  args: ArgumentList,
  reply: Reply | Promise<Reply>,
): void {
  const title = name.toUpperCase().split('|');
  const hasFailed = typeof reply === 'object' && reply !== null && 'kind' in reply && reply.kind === 'error';
  const words = hasFailed ? ['(failed)'] : [];
  for (let i = title.length; !hasFailed && i < Math.min(args.length, ACT_WORDS_MAX); i++)
    words.push(textOf(args.at(i)).slice(0, ACT_WORD_MAX));
  context.host.reportAct([...title, ...words].join(' '), context.session);
}

function attempt(command: CommandDefinition, context: Context, args: ArgumentList): Reply | Promise<Reply> {
  try {
    const reply = handle(command, context, args);
    return isPromise(reply) ? reply.catch((error: unknown) => failure(context, error)) : reply;
  } catch (error) {
    return failure(context, error);
  }
}

/** What goes over its arguments as objects must not have to make very many of them. */
const LISTED_MAX = 16 * 1024;

function handle(command: CommandDefinition, context: Context, args: ArgumentList): Reply | Promise<Reply> {
  if (command.handleMany !== undefined) return command.handleMany(context, args);
  if (args.length > LISTED_MAX) {
    throw new RespError(`ERR '${command.name}' takes no more than ${LISTED_MAX} arguments, not ${args.length}`);
  }
  return command.handle(context, args.toArray());
}
