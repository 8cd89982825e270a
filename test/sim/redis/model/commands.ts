import type { ServerClient } from './client.js';
import { COLLECTION_COMMANDS } from './commands-of-collections.js';
import { CONNECTION_COMMANDS } from './commands-of-connections.js';
import { KEY_COMMANDS } from './commands-of-keys.js';
import type { Reply } from './resp.js';
import type { Cause, SimRedis } from './server.js';

/** One command that is being done. */
export interface Call {
  readonly server: SimRedis;
  readonly client: ServerClient;
  /** Whose changes they are, as the tracking sees it; null: a script's. */
  readonly by: ServerClient | null;
  readonly cause: Cause;
  readonly args: readonly Buffer[];
}

export interface Command {
  /** The least number of arguments, the name included. */
  readonly arity: number;
  readonly takesMemory: boolean;
  /** Answered while the server loads its data. */
  readonly isOfLoading: boolean;
  keys(args: readonly Buffer[]): readonly Buffer[];
  /** undefined: no reply of its own. */
  run(call: Call): Reply | undefined;
}

const none = (): readonly Buffer[] => [];
/** Done elsewhere; here stands what is checked before. */
const control = (arity: number, keys: Command['keys'] = none): Command => ({
  arity,
  takesMemory: false,
  isOfLoading: false,
  keys,
  run: () => undefined,
});

export const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ...KEY_COMMANDS,
  ...COLLECTION_COMMANDS,
  ...CONNECTION_COMMANDS,
  ['MULTI', control(1)],
  ['EXEC', control(1)],
  ['DISCARD', control(1)],
  ['WATCH', control(2, (args) => args.slice(1))],
  ['EVALSHA', control(3, keysOfScript)],
  ['EVAL', control(3, keysOfScript)],
]);

// ---------------------------------------------------------------------------------------------------------------------

function keysOfScript(args: readonly Buffer[]): readonly Buffer[] {
  return args.slice(3, 3 + Number(args[2]));
}
