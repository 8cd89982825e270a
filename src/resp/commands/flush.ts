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
  const rest = inSlices(keyspace.buckets, atomic, (bucket) => keyspace.clear(databases, bucket));
  return rest === undefined ? OK : rest.then(() => OK);
}
