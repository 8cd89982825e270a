import type { Bytes } from '../../../core/model/bytes.js';
import { OK, type Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { isWord, syntaxError } from './arguments.js';
import { inSlices, type Steps } from './slices.js';

/** ASYNC and SYNC are accepted and mean the same here. */
export function checkFlushMode(args: readonly Bytes[]): void {
  const isValid = args.length === 1 || (args.length === 2 && (isWord(args[1], 'async') || isWord(args[1], 'sync')));
  if (!isValid) throw syntaxError();
}

/** Deletes key by key, bucket by bucket: each delete is a write that replicates like any other. */
export function flushDatabases(context: Context, databases: readonly number[]): Reply | Promise<Reply> {
  return inSlices(clearing(context, databases));
}

// ---

function* clearing({ keyspace }: Context, databases: readonly number[]): Steps {
  for (let bucket = 0; bucket < keyspace.buckets; bucket++) {
    keyspace.clear(databases, bucket);
    yield;
  }
  return OK;
}
