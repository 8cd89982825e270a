import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { alone } from '../alone.js';
import { copyOf, integerOf, isWord, syntaxError } from '../arguments.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { restoring } from './restoring.js';

export const restoreCommand: CommandDefinition = {
  name: 'restore',
  arity: -4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const { replaces, isAbsolute } = readOptions(args);
    const key = copyOf(args[1]!);
    if (!replaces && keyspace.get(session.database, key) !== undefined) {
      throw new RespError('BUSYKEY Target key name already exists.');
    }
    const ttl = Number(integerOf(args[2]!));
    if (ttl < 0) throw new RespError('ERR Invalid TTL value, must be >= 0');
    const expiryMs = ttl === 0 ? 0 : Math.min(Number.MAX_SAFE_INTEGER, isAbsolute ? ttl : keyspace.nowMs() + ttl);
    return alone(context, restoring(context, { key, dump: copyOf(args[3]!), expiryMs }), () => {});
  },
};

// ---

/** IDLETIME and FREQ are checked, of which there is one at most, and change nothing: no account is kept of either. */
function readOptions(args: readonly Bytes[]): { replaces: boolean; isAbsolute: boolean } {
  let [replaces, isAbsolute, hasIdleTime, hasFrequency] = [false, false, false, false];
  for (let i = 4; i < args.length; i++) {
    const hasValue = i + 1 < args.length;
    if (isWord(args[i], 'replace')) replaces = true;
    else if (isWord(args[i], 'absttl')) isAbsolute = true;
    else if (isWord(args[i], 'idletime') && hasValue && !hasFrequency) {
      hasIdleTime = true;
      if (integerOf(args[++i]!) < 0) throw new RespError('ERR Invalid IDLETIME value, must be >= 0');
    } else if (isWord(args[i], 'freq') && hasValue && !hasIdleTime) {
      hasFrequency = true;
      const frequency = integerOf(args[++i]!);
      if (frequency < 0 || frequency > 255) throw new RespError('ERR Invalid FREQ value, must be >= 0 and <= 255');
    } else throw syntaxError();
  }
  return { replaces, isAbsolute };
}
