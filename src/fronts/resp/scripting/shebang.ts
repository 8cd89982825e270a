import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';

/** What a script says of itself in a first line that begins with "#!". */
export interface Shebang {
  /** null: there is no such line, so what the script does is judged command by command. */
  readonly flags: readonly string[] | null;
  /** Where the script begins: the end of that line stays, so that lines keep their numbers. */
  readonly start: number;
}

/** Throws a RespError, in Redis' words. */
export function readShebang(source: Bytes): Shebang {
  if (source[0] !== HASH || source[1] !== BANG) return { flags: null, start: 0 };
  const start = source.indexOf(NEWLINE);
  if (start < 0) throw new RespError('ERR Invalid script shebang');
  const [engine = '', ...options] = Buffer.from(source.subarray(0, start)).toString().trim().split(/\s+/);
  if (engine !== '#!lua') throw new RespError(`ERR Unexpected engine in script shebang: ${engine}`);
  return { flags: options.flatMap(flagsIn), start };
}

// ---

const HASH = 0x23;
const BANG = 0x21;
const NEWLINE = 0x0a;
const FLAGS = ['no-writes', 'allow-oom', 'allow-stale', 'no-cluster', 'allow-cross-slot-keys'];

function flagsIn(option: string): string[] {
  if (!option.startsWith('flags=')) throw new RespError(`ERR Unknown lua shebang option: ${option}`);
  const flags = option
    .slice('flags='.length)
    .split(',')
    .filter((flag) => flag !== '');
  const unknown = flags.find((flag) => !FLAGS.includes(flag));
  if (unknown !== undefined) throw new RespError(`ERR Unexpected flag in script shebang: ${unknown}`);
  return flags;
}
