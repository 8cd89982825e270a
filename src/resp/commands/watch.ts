import type { Bytes } from '../../core/bytes.js';
import { bytesToId } from '../../core/bytes.js';
import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';
import { ALL_KEYS, type CommandDefinition } from './definition.js';

export const watchCommand: CommandDefinition = {
  name: 'watch',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keys: ALL_KEYS,
  needsData: true,
  immediate: true,
  handle(context, args) {
    if (context.session.transaction !== null) throw new RespError('ERR WATCH inside MULTI is not allowed');
    for (let i = 1; i < args.length; i++) watchKey(context, args[i]!);
    return OK;
  },
};

/** Whether a watched key was written, deleted or has expired since WATCH. */
export function hasWatchedChange({ keyspace, session }: Context): boolean {
  for (const { database, key, version } of session.watched.values()) {
    if ((keyspace.get(database, key)?.version ?? MISSING) !== version) return true;
  }
  return false;
}

// ---

const MISSING = '';

/** A key that is watched already keeps the version of the first WATCH. */
function watchKey({ keyspace, session }: Context, key: Bytes): void {
  const id = `${session.database}:${bytesToId(key)}`;
  if (session.watched.has(id)) return;
  const version = keyspace.get(session.database, key)?.version ?? MISSING;
  session.watched.set(id, { database: session.database, key: copyOf(key), version });
}
