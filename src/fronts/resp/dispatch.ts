import type { Bytes } from '../../core/model/bytes.js';
import { refusalOf } from './admission.js';
import type { ArgumentList } from './codec/argument-list.js';
import { errorReply, QUEUED, type Reply } from './codec/reply.js';
import { textOf, wrongArguments } from './commands/arguments.js';
import { type CommandDefinition, hasArity } from './commands/definition.js';
import { insteadOf } from './commands/missing-commands.js';
import { perform } from './commands/perform.js';
import { noteSeen } from './commands/watch.js';
import { mayWrite } from './pause.js';
import { type Context, isConfined, type Transaction } from './session.js';

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
    const container = commands.find(name);
    return refuse(context, container === undefined ? unknownCommand(args) : unknownSubcommand(container, args));
  }
  session.lastCommand = command.name;
  if (!hasArity(command, args.length)) return refuseArity(context, command);
  const refusal = refusalOf(context, command, args);
  if (refusal !== null) return command.name === 'exec' ? abort(context, refusal) : refuse(context, refusal, command);
  if (isConfined(session) && !FOR_SUBSCRIBERS.has(command.name)) return refuseConfined(context, command);
  if (isPaused(context, command)) return dispatchAfter(context, args.keep(), context.host.activity.pause.over());
  if (session.transaction !== null && command.immediate !== true) {
    return enqueue(context, session.transaction, command, args);
  }
  const { exclusive } = context.host;
  const waits = exclusive.isTaken && (command.needsData === true || command.name === 'exec');
  if (waits) return dispatchAfter(context, args.keep(), exclusive.whenFree());
  if (session.watched.hasMissing && command.needsData === true) noteSeen(context, command, args);
  return perform(command, context, args);
}

// ---

function isPaused({ host, session }: Context, command: CommandDefinition): boolean {
  const { pause } = host.activity;
  if (!pause.isOn) return false;
  const writes = session.transaction?.queue.some((queued) => mayWrite(queued.command)) === true;
  return pause.holds(command, writes);
}

/** Once CLIENT PAUSE is over, or no other client's command runs alone any more. All is judged anew then. */
async function dispatchAfter(context: Context, args: ArgumentList, free: Promise<void>): Promise<Reply> {
  context.hold(args.keptBytes);
  await free;
  return dispatch(context, args);
}

/** @param command undefined: there is none of that name */
function refuse(context: Context, text: string | Bytes, command?: CommandDefinition): Reply {
  const { stats } = context.host.activity;
  stats.answeredError(text);
  if (command !== undefined) stats.rejected(command);
  if (context.session.transaction !== null) context.session.transaction.failed = true;
  return errorReply(text);
}

function refuseArity(context: Context, command: CommandDefinition): Reply {
  const text = wrongArguments(command.name).message;
  if (command.name !== 'exec') return refuse(context, text, command);
  return abort(context, text.slice('ERR '.length));
}

/** An EXEC that cannot be read, or that the client may not give any more, ends the transaction all the same. */
function abort({ session }: Context, why: string): Reply {
  session.transaction = null;
  session.watched.clear();
  return errorReply(`EXECABORT Transaction discarded because of: ${why}`);
}

function enqueue(context: Context, transaction: Transaction, command: CommandDefinition, args: ArgumentList): Reply {
  if (!transaction.failed) transaction.queue.push({ command, args: args.keep() });
  transaction.queuedBytes += args.keptBytes;
  if (transaction.queuedBytes > context.host.requestBytesMax) {
    transaction.queue.length = 0;
    return refuse(context, 'ERR the transaction holds too many bytes', command);
  }
  return QUEUED;
}

const FOR_SUBSCRIBERS: ReadonlySet<string> = new Set([
  ...['subscribe', 'unsubscribe', 'psubscribe', 'punsubscribe', 'ssubscribe', 'sunsubscribe'],
  ...['ping', 'quit', 'reset'],
]);

function refuseConfined(context: Context, command: CommandDefinition): Reply {
  const { name } = command;
  const why = `Can't execute '${name}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context`;
  return name === 'exec' ? abort(context, why) : refuse(context, `ERR ${why}`, command);
}

function unknownSubcommand({ missing }: CommandDefinition, args: ArgumentList): string {
  const name = textOf(args.at(1).subarray(0, ECHO_BYTES));
  const instead = missing?.get(name.toLowerCase());
  if (instead !== undefined) return `ERR ${instead}`;
  return `ERR unknown subcommand '${name}'. Try ${textOf(args.at(0)).toUpperCase()} HELP.`;
}

/** Arguments are echoed as the bytes that they are, the way Redis does: up to 128 of them. */
function unknownCommand(args: ArgumentList): Bytes | string {
  const instead = insteadOf(args.at(0));
  if (instead !== undefined) return instead;
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
