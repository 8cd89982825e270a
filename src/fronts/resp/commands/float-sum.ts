import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { bytesOf } from './arguments.js';
import { addExtended, type Extended, parseExtended, textOfExtended } from './extended-float.js';

/** The sum of a value (0 if missing) and an increment, as text. */
export function floatSum(value: Bytes | undefined, notAFloat: string, increment: Extended | 'infinite'): Bytes {
  const old = value === undefined ? parseExtended(ZERO)! : floatOf(value, notAFloat);
  const sum = old === 'infinite' || increment === 'infinite' ? 'infinite' : addExtended(old, increment);
  if (sum === 'infinite') throw new RespError('ERR increment would produce NaN or Infinity');
  return bytesOf(textOfExtended(sum));
}

export function floatOf(bytes: Bytes, errorText: string): Extended | 'infinite' {
  const value = parseExtended(bytes);
  if (value === undefined) throw new RespError(errorText);
  return value;
}

export const NOT_A_FLOAT = 'ERR value is not a valid float';

// ---

const ZERO = bytesOf('0');
