import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { integerOf, isWord, syntaxError, textOf } from './arguments.js';
import { isMatchAll } from './glob.js';

/** What SCAN and its like are told to look for. */
export interface ScanOptions {
  count: number;
  pattern: Bytes | null;
  /** The wanted type, in lower case; null: any. */
  type: string | null;
}

/** An unsigned 64-bit number, read as by C's strtoul: a minus sign wraps around. */
export function readCursor(argument: Bytes): bigint {
  const text = Buffer.from(argument).toString('latin1');
  if (!/^[+-]?\d{1,20}$/.test(text)) throw new RespError('ERR invalid cursor');
  const value = BigInt(text.replace('+', ''));
  if (value >= 2n ** 64n || -value >= 2n ** 64n) throw new RespError('ERR invalid cursor');
  return BigInt.asUintN(64, value);
}

/** The options from `from` on. */
export function readScanOptions(args: readonly Bytes[], from: number, mayHaveType: boolean): ScanOptions {
  const options: ScanOptions = { count: 10, pattern: null, type: null };
  for (let i = from; i < args.length; i += 2) {
    const value = args[i + 1];
    if (value === undefined) throw syntaxError();
    if (isWord(args[i], 'count')) options.count = readCount(value);
    else if (isWord(args[i], 'match')) options.pattern = isMatchAll(value) ? null : value;
    else if (mayHaveType && isWord(args[i], 'type')) options.type = textOf(value).toLowerCase();
    else throw syntaxError();
  }
  return options;
}

// ---

function readCount(argument: Bytes): number {
  const count = integerOf(argument);
  if (count < 1) throw syntaxError();
  return Number(count);
}
