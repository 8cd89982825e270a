import type { Bytes } from '../../core/bytes.js';
import { OK, type Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { isWord, syntaxError } from './arguments.js';
import { inSlices } from './slices.js';

/** ASYNC and SYNC are accepted and mean the same here. */
export function checkFlushMode(args: readonly Bytes[]): void {
  const isValid = args.length === 1 || (args.length === 2 && (isWord(args[1], 'async') || isWord(args[1], 'sync')));
  if (!isValid) throw syntaxError();
}

/** Deletes key by key, bucket by bucket: each delete is a write that replicates like any other. */
export function flushDatabases({ keyspace, atomic }: Context, databases: readonly number[]): Reply | Promise<Reply> {
  const filled = databases.filter((database) => keyspace.count(database) > 0);
  const rest = inSlices(filled.length * keyspace.buckets, atomic, (step) => {
    const database = filled[Math.floor(step / keyspace.buckets)]!;
    for (const key of keyspace.keysOf(database, step % keyspace.buckets)) keyspace.delete(database, key);
  });
  return rest === undefined ? OK : rest.then(() => OK);
}
