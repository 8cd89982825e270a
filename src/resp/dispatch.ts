import type { Bytes } from '../core/bytes.js';
import { errorReply, QUEUED, type Reply } from './codec/reply.js';
import { copyOf, textOf, wrongArguments } from './commands/arguments.js';
import { type CommandDefinition, hasArity } from './commands/definition.js';
import { perform } from './commands/perform.js';
import { refusalOfDisk } from './disk-refusal.js';
import type { Context, Transaction } from './session.js';

/**
 * Executes one request, or queues it inside MULTI. Never throws or rejects. The checks come in the order of Redis'
 * processCommand: known, arity, availability, then the transaction; a refusal inside MULTI fails the transaction.
 */
export function dispatch(context: Context, args: readonly Bytes[]): Reply | Promise<Reply> {
  const { session } = context;
  const { commands } = context.host;
  const command = commands.resolve(args);
  if (command === undefined) {
    return refuse(context, commands.find(args[0]!) === undefined ? unknownCommand(args) : unknownSubcommand(args));
  }
  session.lastCommand = command.name;
  if (!hasArity(command, args.length)) return refuseArity(context, command);
  if (command.needsData === true) {
    const unavailable = context.keyspace.unavailable();
    if (unavailable !== null) return refuse(context, unavailable);
  }
  const readOnly = refusalOfDisk(context, command);
  if (readOnly !== null) return refuse(context, readOnly);
  if (command.flags.includes('denyoom')) {
    const outOfMemory = context.keyspace.outOfMemory();
    if (outOfMemory !== null) return refuse(context, outOfMemory);
  }
  if (session.transaction === null || command.immediate === true) return perform(command, context, args);
  return enqueue(context, session.transaction, command, args);
}

// ---

function refuse(context: Context, text: string | Bytes): Reply {
  if (context.session.transaction !== null) context.session.transaction.failed = true;
  return errorReply(text);
}

/** An EXEC that cannot be read ends the transaction all the same. */
function refuseArity(context: Context, command: CommandDefinition): Reply {
  const text = wrongArguments(command.name).message;
  if (command.name !== 'exec') return refuse(context, text);
  context.session.transaction = null;
  context.session.watched.clear();
  return errorReply(`EXECABORT Transaction discarded because of: ${text.slice('ERR '.length)}`);
}

function enqueue(
  context: Context,
  transaction: Transaction,
  command: CommandDefinition,
  args: readonly Bytes[],
): Reply {
  for (const argument of args) transaction.queuedBytes += argument.length + ARGUMENT_OVERHEAD_BYTES;
  if (transaction.queuedBytes > context.host.requestBytesMax) {
    transaction.queue.length = 0;
    return refuse(context, 'ERR the transaction holds too many bytes');
  }
  if (!transaction.failed) transaction.queue.push({ command, args: args.map(copyOf) });
  return QUEUED;
}

function unknownSubcommand(args: readonly Bytes[]): string {
  const name = textOf(args[1]!.subarray(0, ECHO_BYTES));
  return `ERR unknown subcommand '${name}'. Try ${textOf(args[0]!).toUpperCase()} HELP.`;
}

/** Arguments are echoed as the bytes that they are, the way Redis does: up to 128 of them. */
function unknownCommand(args: readonly Bytes[]): Bytes {
  const parts: Bytes[] = [];
  let echoed = 0;
  for (let i = 1; i < args.length && echoed < ECHO_BYTES; i++) {
    const part = Buffer.concat([QUOTE, toNul(args[i]!, ECHO_BYTES - echoed), QUOTE, SPACE]);
    echoed += part.length;
    parts.push(part);
  }
  const name = toNul(args[0]!, ECHO_BYTES);
  return Buffer.concat([
    Buffer.from("ERR unknown command '"),
    name,
    Buffer.from("', with args beginning with: "),
    ...parts,
  ]);
}

/** Redis prints these as C strings. */
function toNul(bytes: Bytes, lengthMax: number): Bytes {
  const nul = bytes.indexOf(0);
  return bytes.subarray(0, Math.min(nul < 0 ? bytes.length : nul, lengthMax));
}

const ECHO_BYTES = 128;
/** What an argument costs beside its bytes. */
const ARGUMENT_OVERHEAD_BYTES = 64;
const QUOTE = Buffer.from("'");
const SPACE = Buffer.from(' ');
