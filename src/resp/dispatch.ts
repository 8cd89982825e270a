import type { Bytes } from '../core/bytes.js';
import type { ArgumentList } from './codec/argument-list.js';
import { errorReply, QUEUED, type Reply } from './codec/reply.js';
import { textOf, wrongArguments } from './commands/arguments.js';
import { type CommandDefinition, hasArity } from './commands/definition.js';
import { perform } from './commands/perform.js';
import { refusalOfDisk } from './disk-refusal.js';
import type { Context, Transaction } from './session.js';

/**
 * Executes one request, or queues it inside MULTI. Never throws or rejects. The checks come in the order of Redis'
 * processCommand: known, arity, availability, then the transaction; a refusal inside MULTI fails the transaction.
 */
export function dispatch(context: Context, args: ArgumentList): Reply | Promise<Reply> {
  const { session } = context;
  const { commands } = context.host;
  const name = args.at(0);
  const command = commands.named(name, args.length > 1 ? args.at(1) : undefined);
  if (command === undefined) {
    return refuse(context, commands.find(name) === undefined ? unknownCommand(args) : unknownSubcommand(args));
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
  if (session.transaction !== null && command.immediate !== true) {
    return enqueue(context, session.transaction, command, args);
  }
  const waits = context.host.exclusive.isTaken && (command.needsData === true || command.name === 'exec');
  return waits ? dispatchLater(context, args.keep()) : perform(command, context, args);
}

// ---

/** Once no other client's command runs alone any more. All is judged anew then. */
async function dispatchLater(context: Context, args: ArgumentList): Promise<Reply> {
  context.hold(args.keptBytes);
  await context.host.exclusive.whenFree();
  return dispatch(context, args);
}

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

function enqueue(context: Context, transaction: Transaction, command: CommandDefinition, args: ArgumentList): Reply {
  if (!transaction.failed) transaction.queue.push({ command, args: args.keep() });
  transaction.queuedBytes += args.keptBytes;
  if (transaction.queuedBytes > context.host.requestBytesMax) {
    transaction.queue.length = 0;
    return refuse(context, 'ERR the transaction holds too many bytes');
  }
  return QUEUED;
}

function unknownSubcommand(args: ArgumentList): string {
  const name = textOf(args.at(1).subarray(0, ECHO_BYTES));
  return `ERR unknown subcommand '${name}'. Try ${textOf(args.at(0)).toUpperCase()} HELP.`;
}

/** Arguments are echoed as the bytes that they are, the way Redis does: up to 128 of them. */
function unknownCommand(args: ArgumentList): Bytes {
  const parts: Bytes[] = [];
  let echoed = 0;
  for (let i = 1; i < args.length && echoed < ECHO_BYTES; i++) {
    const part = Buffer.concat([QUOTE, toNul(args.at(i), ECHO_BYTES - echoed), QUOTE, SPACE]);
    echoed += part.length;
    parts.push(part);
  }
  const name = toNul(args.at(0), ECHO_BYTES);
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
const QUOTE = Buffer.from("'");
const SPACE = Buffer.from(' ');
