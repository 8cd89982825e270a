import type { Bytes } from '../../core/bytes.js';
import { errorReply, type Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import type { CommandDefinition } from './definition.js';

/** Runs a command whose arguments were checked. Never throws or rejects: what goes wrong is the reply. */
export function perform(command: CommandDefinition, context: Context, args: readonly Bytes[]): Reply | Promise<Reply> {
  if (command.flags.includes('write')) context.session.wrote = true;
  try {
    const reply = command.handle(context, args);
    return isPromise(reply) ? reply.catch((error: unknown) => failure(context, error)) : reply;
  } catch (error) {
    return failure(context, error);
  }
}

export function isPromise(reply: Reply | Promise<Reply>): reply is Promise<Reply> {
  return typeof reply === 'object' && reply !== null && 'then' in reply;
}

/** What an error of a command is to its client. */
export function failure(context: Context, error: unknown): Reply {
  if (error instanceof RespError) return errorReply(error.message);
  context.host.reportInternalError(error);
  return errorReply('ERR internal error: the command failed by a fault of the node, see its log');
}
