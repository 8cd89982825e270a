import { denialOf } from '../access/permission.js';
import { refusalOf } from '../admission.js';
import { ArgumentList } from '../codec/argument-list.js';
import { errorReply, type Reply } from '../codec/reply.js';
import { ReplyTooLarge } from '../codec/reply-buffer.js';
import { replyInPieces } from '../codec/reply-writer.js';
import { type CommandDefinition, hasArity } from '../commands/definition.js';
import { insteadOf } from '../commands/missing-commands.js';
import { isPromise, perform } from '../commands/perform.js';
import { atOnce } from '../commands/slices.js';
import type { Context } from '../session.js';
import type { Answer } from './lua-machine.js';
import { shaOf } from './script-cache.js';

/** The commands that one run of a script gives, with the rights of its client, on its connection. */
export class ScriptCalls {
  private readonly wasAtomic: boolean;
  private readonly database: number;
  private readonly protocol: Context['session']['protocol'];

  constructor(
    private readonly context: Context,
    /** Of its first line; null: there is none. */
    private readonly flags: readonly string[] | null,
    private readonly isReadOnly: boolean,
  ) {
    const { database, protocol } = context.session;
    this.database = database;
    this.protocol = protocol;
    this.wasAtomic = context.atomic;
    context.atomic = true;
  }

  /** What the script selected was for itself. */
  end(): void {
    const { session } = this.context;
    session.database = this.database;
    session.protocol = this.protocol;
    this.context.atomic = this.wasAtomic;
  }

  readonly answer: Answer = (letter, texts) => {
    if (letter === 'H') return encoded(shaOf(texts[0]!));
    if (letter === 'G') {
      this.log(texts);
      return NOTHING;
    }
    if (letter === 'A') return encoded(this.mayGive(texts));
    const { session } = this.context;
    const [protocol, ...words] = texts;
    session.protocol = protocol!.toString() === '3' ? 3 : 2;
    return encoded(this.perform(words), session.protocol);
  };

  private log([level, text]: readonly Buffer[]): void {
    const { host, session } = this.context;
    host.scriptLog(Number(level!.toString()), text!.toString('utf8', 0, LOG_BYTES_MAX), session);
  }

  private mayGive(words: readonly Buffer[]): Reply {
    const { context } = this;
    const command = context.host.commands.named(words[0]!, words[1]);
    if (command === undefined) return errorReply('ERR Invalid command passed to redis.acl_check_cmd()');
    const list = ArgumentList.of(words);
    // A command that lacks arguments is refused for that, whoever gives it.
    return !hasArity(command, list.length) || denialOf(context.session.identity, command, list) === null ? 1 : 0;
  }

  private perform(words: readonly Buffer[]): Reply {
    const { context } = this;
    const command = context.host.commands.named(words[0]!, words[1]);
    if (command === undefined) return errorReply(insteadOf(words[0]!) ?? UNKNOWN);
    const list = ArgumentList.of(words);
    const refusal = this.refusalOf(command, list);
    if (refusal !== null) return errorReply(refusal);
    const reply = atOnce(() => perform(command, context, list));
    return isPromise(reply) ? errorReply(NOT_ALLOWED) : reply;
  }

  private refusalOf(command: CommandDefinition, list: ArgumentList): string | null {
    if (!hasArity(command, list.length)) return 'ERR Wrong number of args calling Redis command from script';
    if (command.flags.includes('noscript') || command.waits === true) return NOT_ALLOWED;
    const { context, flags } = this;
    const denial = denialOf(context.session.identity, command, list);
    if (denial !== null) return denial;
    const mayNotWrite = this.isReadOnly || flags?.includes('no-writes') === true;
    if (mayNotWrite && command.flags.includes('write')) return NO_WRITES;
    const refusal = refusalOf(context, command, list);
    return flags?.includes('allow-oom') === true && refusal?.startsWith('OOM') === true ? null : refusal;
  }
}

// ---

const UNKNOWN = 'ERR Unknown Redis command called from script';
const NOTHING = Buffer.alloc(0);
/** Of one line of the log. */
const LOG_BYTES_MAX = 1024;
const NOT_ALLOWED = 'ERR This Redis command is not allowed from script';
const NO_WRITES = 'ERR Write commands are not allowed from read-only scripts.';

function encoded(reply: Reply, protocol: Context['session']['protocol'] = 2): Buffer {
  const writer = replyInPieces();
  writer.protocol = protocol;
  try {
    writer.write(reply);
  } catch (error) {
    if (!(error instanceof ReplyTooLarge)) throw error;
    writer.discard();
    writer.write(errorReply(`ERR ${error.message}`));
  }
  const pieces = writer.take();
  return pieces.length === 1
    ? Buffer.from(pieces[0]!.buffer, pieces[0]!.byteOffset, pieces[0]!.length)
    : Buffer.concat(pieces);
}
