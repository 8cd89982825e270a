import { type Entry, isLive } from '../../src/core/model/entry.js';

/** Whether a reader at `nowMs` sees the same in both. */
export function looksSame(a: Entry | undefined, b: Entry | undefined, nowMs: number): boolean {
  if (a !== undefined && a.hlc === b?.hlc && a.origin === b.origin && isUnknown(a, b)) return true;
  const liveA = isLive(a, nowMs);
  const liveB = isLive(b, nowMs);
  if (!liveA || !liveB) return liveA === liveB;
  return a.expiryMs === b.expiryMs && Buffer.compare(a.value, b.value) === 0;
}

/** The same write says the same, also where its value was evicted. */
function isUnknown(a: Entry, b: Entry): boolean {
  return a.evicted === true || b.evicted === true;
}

/** So close to an expiry two observers may see different things. */
export const EXPIRING_MS = 3000;

/** Whether the entry expires so close to `nowMs` that two observers may see different things. */
export function isExpiring(entry: Entry | undefined, nowMs: number): boolean {
  return entry !== undefined && entry.expiryMs !== 0 && Math.abs(entry.expiryMs - nowMs) < EXPIRING_MS;
}
