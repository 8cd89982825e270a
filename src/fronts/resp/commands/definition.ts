import type { Bytes } from '../../../core/model/bytes.js';
import type { Role } from '../../../core/model/role.js';
import { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';

type CommandFlag =
  | 'write'
  | 'readonly'
  | 'denyoom'
  | 'admin'
  | 'noscript'
  | 'loading'
  | 'stale'
  | 'skip_monitor'
  | 'skip_slowlog'
  | 'fast'
  | 'no_auth'
  | 'movablekeys'
  | 'no_mandatory_keys'
  | 'allow_busy'
  | 'pubsub';

/** Where a command's keys are among its arguments: Redis' first, last and step; a negative last counts from the end. */
export interface KeyPositions {
  readonly first: number;
  readonly last: number;
  readonly step: number;
}

/** A key among the arguments, and what the command does with it, in Redis' words: "RO", "OW", "access", ... */
export interface KeyUse {
  readonly key: Bytes;
  readonly flags: readonly string[];
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
  readonly keys?: KeyPositions;
  /** What the keys are and how they are used, where that depends on the arguments. */
  readonly keyUses?: (args: readonly Bytes[]) => readonly KeyUse[];
  /** Where names of channels are among its arguments, or patterns of them. */
  readonly channels?: KeyPositions & { readonly arePatterns: boolean };
  /** For COMMAND DOCS, of a command that Redis 7.0 has not; the others are described in Redis' own words. */
  readonly docs?: { readonly summary: string; readonly since: string };
  /** Touches entries, so it is refused while the keyspace is unavailable. */
  readonly needsData?: boolean;
  /** An act of an operator: the node's log says who did it. */
  readonly isAct?: boolean;
  /** The least role that may give it; absent: its flags say that. */
  readonly role?: Role;
  /** It names no keys, and tells a client whose keys have a prefix of those alone. */
  readonly keepsToPrefix?: boolean;
  /** It changes what others use too, so that a client whose keys have a prefix may not give it. */
  readonly concernsAll?: boolean;
  /** Inside MULTI it is executed at once, not queued. */
  readonly immediate?: boolean;
  /** It answers once others have done something, which takes their time and not the node's. */
  readonly waits?: boolean;
  readonly subcommands?: readonly CommandDefinition[];
  /** Subcommands of Redis that are missing here, in small letters, each with the sentence on what to do instead. */
  readonly missing?: ReadonlyMap<string, string>;
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
