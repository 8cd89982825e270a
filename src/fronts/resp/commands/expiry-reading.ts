import type { Bytes } from '../../../core/model/bytes.js';
import { exactExpiry } from '../../../core/model/expiry.js';
import type { Context } from '../session.js';
import type { ExpiryUnit } from './expiry.js';

/** When a key expires, from now or as a Unix time: -2 for no key, -1 for no expiry. Seconds are rounded, as in Redis. */
export function readExpiry({ keyspace, session }: Context, key: Bytes, unit: ExpiryUnit, absolute: boolean): Time {
  const item = keyspace.get(session.database, key);
  if (item === undefined) return -2;
  if (item.expiryMs === 0) return -1;
  const expiry = exactExpiry(item.expiryMs);
  if (typeof expiry === 'bigint') {
    const ms = absolute ? expiry : expiry - BigInt(keyspace.nowMs());
    return unit === 'milliseconds' ? ms : (ms + 500n) / 1000n;
  }
  const ms = absolute ? expiry : Math.max(0, expiry - keyspace.nowMs());
  return unit === 'milliseconds' ? ms : Math.floor((ms + 500) / 1000);
}

/** A bigint where a number would not be exact. */
type Time = number | bigint;
