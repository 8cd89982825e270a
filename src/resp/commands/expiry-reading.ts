import type { Bytes } from '../../core/bytes.js';
import type { Context } from '../session.js';
import type { ExpiryUnit } from './expiry.js';

/** When a key expires, from now or as a Unix time: -2 for no key, -1 for no expiry. Seconds are rounded, as in Redis. */
export function readExpiry({ keyspace, session }: Context, key: Bytes, unit: ExpiryUnit, absolute: boolean): number {
  const item = keyspace.get(session.database, key);
  if (item === undefined) return -2;
  if (item.expiryMs === 0) return -1;
  const ms = absolute ? item.expiryMs : Math.max(0, item.expiryMs - keyspace.nowMs());
  return unit === 'milliseconds' ? ms : Math.floor((ms + 500) / 1000);
}
