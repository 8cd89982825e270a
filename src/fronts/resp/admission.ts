import type { CommandDefinition } from './commands/definition.js';
import type { Context } from './session.js';

/**
 * Why a command cannot be performed now, as an error text; null: it can. Inside MULTI at the limit of memory nothing is
 * queued, since a queue takes memory too.
 */
export function refusalOf(context: Context, command: CommandDefinition): string | null {
  const { keyspace, session } = context;
  const unavailable = command.needsData === true ? keyspace.unavailable() : null;
  if (unavailable !== null) return unavailable;
  const isWrite = command.flags.includes('write');
  const unwritable = isWrite ? keyspace.unwritable(DELETES.has(command.name)) : null;
  if (unwritable !== null) return unwritable;
  const isQueued = session.transaction !== null && command.immediate !== true;
  return isQueued || command.flags.includes('denyoom') ? keyspace.outOfMemory() : null;
}

/** As `refusalOf` for all commands of a transaction: what has come up since they were queued stops all of them. */
export function refusalOfAll(context: Context, commands: ReadonlySet<CommandDefinition>): string | null {
  for (const command of commands) {
    const refusal = refusalOf(context, command);
    if (refusal !== null) return refusal;
  }
  return null;
}

// ---

/** They write nothing but tombstones. */
const DELETES: ReadonlySet<string> = new Set(['del', 'unlink', 'getdel', 'flushdb', 'flushall']);
