import { RespError } from '../keyspace.js';
import { bytesOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { addExtended, type Extended, parseExtended, textOfExtended } from './extended-float.js';
import { replaceValue, valueAt } from './value-change.js';

export const incrbyfloatCommand: CommandDefinition = {
  name: 'incrbyfloat',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const old = valueAt(context, args[1]!);
    const value = old === undefined ? parseExtended(ZERO)! : floatOf(old);
    const increment = floatOf(args[2]!);
    if (value === 'infinite' || increment === 'infinite') throw new RespError(NO_NUMBER);
    const sum = addExtended(value, increment);
    if (sum === 'infinite') throw new RespError(NO_NUMBER);
    const text = bytesOf(textOfExtended(sum));
    replaceValue(context, args[1]!, text);
    return text;
  },
};

// ---

const ZERO = bytesOf('0');
const NO_NUMBER = 'ERR increment would produce NaN or Infinity';

function floatOf(bytes: Uint8Array): Extended | 'infinite' {
  const value = parseExtended(bytes);
  if (value === undefined) throw new RespError('ERR value is not a valid float');
  return value;
}
