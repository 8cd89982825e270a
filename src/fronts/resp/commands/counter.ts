import type { Bytes } from '../../../core/model/bytes.js';
import { INT64_MAX, INT64_MIN, narrow } from '../codec/integer.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf } from './arguments.js';

/** Adds to the integer at a key (0 if missing), keeping its expiry; exact over the 64-bit range. Returns the sum as this node knows it. */
export function addTo(context: Context, key: Bytes, amount: number | bigint): number | bigint {
  const { keyspace, session } = context;
  const item = keyspace.get(session.database, key);
  const sum = sumOf(item === undefined ? 0 : integerOf(item.value), amount);
  keyspace.add(session.database, key, BigInt(amount));
  return sum;
}

/** Exact over the 64-bit range, and refused beyond it. */
export function sumOf(a: number | bigint, b: number | bigint): number | bigint {
  if (typeof a === 'number' && typeof b === 'number') {
    const sum = a + b;
    // Adding 0 turns the -0 of 0 + -0 into 0.
    if (Number.isSafeInteger(sum)) return sum + 0;
  }
  const sum = BigInt(a) + BigInt(b);
  if (sum > INT64_MAX || sum < INT64_MIN) throw new RespError('ERR increment or decrement would overflow');
  return narrow(sum);
}
