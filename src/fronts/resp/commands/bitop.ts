import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import { copyOf, isWord, syntaxError } from './arguments.js';
import type { CommandDefinition } from './definition.js';
import type { Steps } from './slices.js';
import { valueAt } from './value-change.js';

export const bitopCommand: CommandDefinition = {
  name: 'bitop',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: { first: 2, last: -1, step: 1 },
  needsData: true,
  handle(context, args) {
    const operation = OPERATIONS.find(({ word }) => isWord(args[1], word));
    if (operation === undefined) throw syntaxError();
    if (operation.word === 'not' && args.length !== 4) {
      throw new RespError('ERR BITOP NOT must be called with a single source key.');
    }
    const sources = args.slice(3).map((key) => valueAt(context, key) ?? NOTHING);
    checkWork(sources);
    return alone(context, combining(context, copyOf(args[2]!), sources, operation.combine), () => {});
  },
};

// ---

const NOTHING = new Uint8Array(0);
const STEP_BYTES = 64 * 1024;
/** Other clients' data commands wait for it, so what it may read is bounded: some tenths of a second. */
const BYTES_MAX = 256 * 1024 * 1024;

const OPERATIONS = [
  { word: 'and', combine: (a: number, b: number) => a & b },
  { word: 'or', combine: (a: number, b: number) => a | b },
  { word: 'xor', combine: (a: number, b: number) => a ^ b },
  { word: 'not', combine: (a: number, _b: number) => ~a },
];

function checkWork(sources: readonly Bytes[]): void {
  const bytes = sources.reduce((sum, source) => sum + source.length, 0);
  if (bytes > BYTES_MAX) throw new RespError(`ERR BITOP reads no more than ${BYTES_MAX} bytes, and these are ${bytes}`);
}

/** Shorter values go on with zeros. */
function* combining(
  { keyspace, session }: Context,
  target: Bytes,
  sources: readonly Bytes[],
  operation: (a: number, b: number) => number,
): Steps {
  const length = sources.reduce((most, source) => Math.max(most, source.length), 0);
  const result = new Uint8Array(length);
  result.set(sources[0]!);
  const others = sources.length === 1 && operation(1, 0) === ~1 ? [NOTHING] : sources.slice(1);
  for (const other of others) {
    for (let from = 0; from < length; from += STEP_BYTES) {
      const end = Math.min(length, from + STEP_BYTES);
      for (let i = from; i < end; i++) result[i] = operation(result[i]!, other[i] ?? 0);
      yield;
    }
  }
  if (length === 0) keyspace.delete(session.database, target);
  else keyspace.set(session.database, target, result, 0);
  return length;
}
