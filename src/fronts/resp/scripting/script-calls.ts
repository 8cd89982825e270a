import { denialOf } from '../access/permission.js';
import { refusalOf } from '../admission.js';
import { ArgumentList } from '../codec/argument-list.js';
import { errorReply, type Protocol, type Reply } from '../codec/reply.js';
import { type CommandDefinition, hasArity } from '../commands/definition.js';
import { insteadOf } from '../commands/missing-commands.js';
import { isPromise, perform } from '../commands/perform.js';
import { atOnce } from '../commands/slices.js';
import type { Context } from '../session.js';
import { encoded } from './encoded.js';
import type { ScriptHost } from './lua-machine.js';
import { shaOf } from './script-cache.js';

/** The commands that one run of a script gives, with the rights of its client, on its connection. */
export class ScriptCalls implements ScriptHost {
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

  call(list: ArgumentList, protocol: Protocol): Reply {
    const { context } = this;
    context.session.protocol = protocol;
    const command = context.host.commands.named(list.at(0), list.length > 1 ? list.at(1) : undefined);
    if (command === undefined) return errorReply(insteadOf(list.at(0)) ?? UNKNOWN);
    const refusal = this.refusalOf(command, list);
    if (refusal !== null) return errorReply(refusal);
    const reply = atOnce(() => perform(command, context, list));
    return isPromise(reply) ? errorReply(NOT_ALLOWED) : reply;
  }

  answer(letter: string, texts: Buffer[]): Buffer {
    if (letter === 'H') return encoded(shaOf(texts[0]!));
    if (letter === 'A') return encoded(this.mayGive(texts));
    this.log(texts);
    return NOTHING;
  }

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
