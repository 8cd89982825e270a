import { humanDuration, localTime } from '../../operations/common/durations.js';

/** Local date and time to the second. */
export const fullTime = localTime;

/** Local time, to the millisecond: `06:49:12.345` today, else `2026-11-23 06:49:12`. */
export function shortTime(unixMs: number, nowMs: number): string {
  const [date, clock] = localTime(unixMs).split(' ');
  if (date !== localTime(nowMs).split(' ')[0]) return localTime(unixMs);
  return `${clock}.${String(new Date(unixMs).getMilliseconds()).padStart(3, '0')}`;
}

/** "12 s ago", or "never". */
export function ago(unixMs: number | null, nowMs: number): string {
  return unixMs === null ? 'never' : `${humanDuration(Math.max(0, nowMs - unixMs))} ago`;
}

/** What is left of a lifetime: "no TTL", "TTL 3 min", "expired". */
export function lifetime(expiryMs: number, nowMs: number): string {
  if (expiryMs === 0) return 'no TTL';
  return expiryMs <= nowMs ? 'expired' : `TTL ${humanDuration(expiryMs - nowMs)}`;
}
