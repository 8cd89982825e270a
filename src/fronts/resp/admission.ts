import { denialOf } from './access/permission.js';
import type { ArgumentList } from './codec/argument-list.js';
import type { CommandDefinition } from './commands/definition.js';
import type { Context } from './session.js';

/**
 * Why a client may not give a command, or why it cannot be performed now, as an error text; null: all is well. What is queued
 * inside MULTI was asked for by the same client: it cannot become another one in between.
 */
export function refusalOf(context: Context, command: CommandDefinition, args: ArgumentList): string | null {
  return denialOf(context.session.identity, command, args) ?? obstacleTo(context, command);
}

/** As `refusalOf` for all commands of a transaction: what has come up since they were queued stops all of them. */
export function obstacleToAll(context: Context, commands: ReadonlySet<CommandDefinition>): string | null {
  for (const command of commands) {
    const obstacle = obstacleTo(context, command);
    if (obstacle !== null) return obstacle;
  }
  return null;
}

// ---

/**
 * Why a command cannot be performed now, whoever asks for it. Inside MULTI at the limit of memory nothing is queued, since a queue
 * takes memory too.
 */
function obstacleTo(context: Context, command: CommandDefinition): string | null {
  const { keyspace, session } = context;
  const unavailable = command.needsData === true ? keyspace.unavailable() : null;
  if (unavailable !== null) return unavailable;
  const isWrite = command.flags.includes('write');
  const unwritable = isWrite ? keyspace.unwritable(DELETES.has(command.name)) : null;
  if (unwritable !== null) return unwritable;
  const isQueued = session.transaction !== null && command.immediate !== true;
  return isQueued || command.flags.includes('denyoom') ? keyspace.outOfMemory() : null;
}

/** They write nothing but tombstones. */
const DELETES: ReadonlySet<string> = new Set([
  'del',
  'unlink',
  'getdel',
  'flushdb',
  'flushall',
  'srem',
  'spop',
  'zrem',
  'zpopmin',
  'zpopmax',
  'zmpop',
  'zremrangebyrank',
  'zremrangebyscore',
  'zremrangebylex',
]);
