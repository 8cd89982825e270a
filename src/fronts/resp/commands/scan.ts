import type { Bytes } from '../../../core/model/bytes.js';
import { ownsKey } from '../access/identity.js';
import type { Context } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { Glob, goingOn } from './glob.js';
import { readCursor, readScanOptions, type ScanOptions } from './scan-options.js';
import { inSlices, type Steps } from './slices.js';

/**
 * The cursor is the number of the next bucket. It needs no memory here and stays valid for ever: a key never changes its
 * bucket, so whoever walks from 0 to 0 meets every key that is there throughout, and none twice.
 */
export const scanCommand: CommandDefinition = {
  name: 'scan',
  arity: -2,
  flags: ['readonly'],
  needsData: true,
  keepsToPrefix: true,
  handle(context, args) {
    const cursor = readCursor(args[1]!);
    return inSlices(scanning(context, cursor, readScanOptions(args, 2, true)), () => !context.session.isGone);
  },
};

// ---

/** A step looks at no more keys than this, whatever COUNT says, so that it does not hold the event loop. */
const KEYS_PER_STEP_MAX = 10_000;
/** Nor at many more bytes of them than these. */
const BYTES_PER_STEP_MAX = 1024 * 1024;

function* scanning({ keyspace, session }: Context, cursor: bigint, options: ScanOptions): Steps {
  const { pattern, type } = options;
  const { database, identity } = session;
  const glob = pattern === null ? null : new Glob(pattern);
  const seenMax = Math.min(options.count, KEYS_PER_STEP_MAX);
  const keys: Bytes[] = [];
  let bucket = cursor < BigInt(keyspace.buckets) ? Number(cursor) : keyspace.buckets;
  let bytes = 0;
  for (let seen = 0; seen < seenMax && bytes < BYTES_PER_STEP_MAX && bucket < keyspace.buckets; bucket++) {
    for (const key of keyspace.keysOf(database, bucket)) {
      seen++;
      bytes += key.length;
      if (identity === null || !ownsKey(identity, key)) continue;
      if (glob !== null && !(glob.begin(key) ?? (yield* goingOn(glob)))) continue;
      if (type === null || (keyspace.get(database, key)?.type ?? 'string') === type) keys.push(key);
    }
    yield;
  }
  return [String(bucket % keyspace.buckets), keys];
}
