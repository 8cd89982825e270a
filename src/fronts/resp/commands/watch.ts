import type { ArgumentList } from '../codec/argument-list.js';
import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { MISSING } from '../watched-keys.js';
import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { keysAmong } from './keys-among.js';
import { overArguments } from './over-arguments.js';

export const watchCommand: CommandDefinition = {
  name: 'watch',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  keys: ALL_KEYS,
  needsData: true,
  immediate: true,
  ...overMany((context, args) => {
    const { keyspace, session } = context;
    if (session.transaction !== null) throw new RespError('ERR WATCH inside MULTI is not allowed');
    return overArguments(context, args, {
      hasValues: false,
      changes: false,
      each: ({ bytes, keyStart, keyEnd }) => {
        const key = bytes.subarray(keyStart, keyEnd);
        session.watched.add(session.database, key, () => keyspace.get(session.database, key)?.version ?? MISSING);
      },
      reply: () => OK,
    });
  }),
};

/** Whether a watched key was written, deleted or has expired since WATCH. Asked step by step. */
export function* hasWatchedChange({ keyspace, session }: Context): Generator<undefined, boolean> {
  let looks = 0;
  if (session.watched.hasSeenChange) return true;
  for (const [database, key, version] of session.watched) {
    if ((keyspace.get(database, key)?.version ?? MISSING) !== version) return true;
    if (++looks % LOOKS_PER_STEP === 0) yield;
  }
  return false;
}

/** Before a client that watches missing keys performs a command: whether it will find one of them that is there now. */
export function noteSeen({ keyspace, session }: Context, command: CommandDefinition, args: ArgumentList): void {
  const { watched, database } = session;
  for (const key of keysAmong(command, args)) {
    if (watched.wasMissing(database, key) && keyspace.get(database, key) !== undefined) watched.hasSeenChange = true;
  }
}

// ---

const LOOKS_PER_STEP = 16;
