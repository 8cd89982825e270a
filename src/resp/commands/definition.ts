import type { Bytes } from '../../core/bytes.js';
import { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';

export type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'noscript'
  | 'loading'
  | 'stale'
  | 'skip_slowlog'
  | 'fast'
  | 'no_auth'
  | 'allow_busy';

export type CommandCategory = 'keyspace' | 'string' | 'dangerous' | 'connection' | 'transaction';

/** Where a command's keys are among its arguments: Redis' first, last and step; a negative last counts from the end. */
export interface KeyPositions {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

export const ONE_KEY: KeyPositions = { first: 1, last: 1, step: 1 };
export const ALL_KEYS: KeyPositions = { first: 1, last: -1, step: 1 };
export const KEYS_AND_VALUES: KeyPositions = { first: 1, last: -1, step: 2 };

export interface CommandDefinition {
  /** Lower case; of a subcommand "client|id". */
  readonly name: string;
  /** Number of arguments, the name included; negative: at least so many. */
  readonly arity: number;
  readonly flags: readonly CommandFlag[];
  readonly categories: readonly CommandCategory[];
  readonly group: 'connection' | 'server' | 'generic' | 'string' | 'transactions';
  /** The Redis (or Mneme) version that brought the command, for COMMAND DOCS. */
  readonly since: string;
  readonly summary: string;
  readonly keys?: KeyPositions;
  /** Touches entries, so it is refused while the keyspace is unavailable. */
  readonly needsData?: boolean;
  /** Inside MULTI it is executed at once, not queued. */
  readonly immediate?: boolean;
  readonly subcommands?: readonly CommandDefinition[];
  /**
   * Takes all arguments, the name first; they are views that end with the turn. A thrown RespError is the reply. Most
   * commands answer at once; a promise holds the connection's later commands back until it settles.
   */
  handle(context: Context, args: readonly Bytes[]): Reply | Promise<Reply>;
  /** Instead of `handle`, of a command that may have a million arguments. */
  readonly handleMany?: HandleMany;
}

export type HandleMany = (context: Context, args: ArgumentList) => Reply | Promise<Reply>;

/** The handling of a command that takes its arguments one by one where they lie. */
export function overMany(handleMany: HandleMany): Pick<CommandDefinition, 'handle' | 'handleMany'> {
  return { handleMany, handle: (context, args) => handleMany(context, ArgumentList.of(args)) };
}

export function hasArity(command: CommandDefinition, count: number): boolean {
  return command.arity >= 0 ? count === command.arity : count >= -command.arity;
}
