import { type Entry, isLive } from '../../src/core/entry.js';

/** Whether a reader at `nowMs` sees the same in both. */
export function looksSame(a: Entry | undefined, b: Entry | undefined, nowMs: number): boolean {
  const liveA = isLive(a, nowMs);
  const liveB = isLive(b, nowMs);
  if (!liveA || !liveB) return liveA === liveB;
  return a.expiryMs === b.expiryMs && Buffer.compare(a.value, b.value) === 0;
}

/** Whether the entry expires so close to `nowMs` that two observers may see different things. */
export function isExpiring(entry: Entry | undefined, nowMs: number): boolean {
  return entry !== undefined && entry.expiryMs !== 0 && Math.abs(entry.expiryMs - nowMs) < 3000;
}
