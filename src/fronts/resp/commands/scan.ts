import type { Bytes } from '../../../core/model/bytes.js';
import { ownsKey } from '../access/identity.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf, isWord, syntaxError, textOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import { Glob, goingOn, isMatchAll } from './glob.js';
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
    return inSlices(scanning(context, cursor, readOptions(args)), () => !context.session.isGone);
  },
};

// ---

interface ScanOptions {
  count: number;
  pattern: Bytes | null;
  /** The wanted type, in lower case; null: any. */
  type: string | null;
}

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

/** An unsigned 64-bit number, read as by C's strtoul: a minus sign wraps around. */
function readCursor(argument: Bytes): bigint {
  const text = Buffer.from(argument).toString('latin1');
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new RespError('ERR invalid cursor');
  const value = BigInt(text.replace('+', ''));
  if (value >= 2n ** 64n || -value >= 2n ** 64n) throw new RespError('ERR invalid cursor');
  return BigInt.asUintN(64, value);
}

function readOptions(args: readonly Bytes[]): ScanOptions {
  const options: ScanOptions = { count: 10, pattern: null, type: null };
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1];
    if (value === undefined) throw syntaxError();
    if (isWord(args[i], 'count')) options.count = readCount(value);
    else if (isWord(args[i], 'match')) options.pattern = isMatchAll(value) ? null : value;
    else if (isWord(args[i], 'type')) options.type = textOf(value).toLowerCase();
    else throw syntaxError();
  }
  return options;
}

function readCount(argument: Bytes): number {
  const count = integerOf(argument);
  if (count < 1) throw syntaxError();
  return Number(count);
}
