/**
 * Expiries beyond the safe integers, which Redis takes up to 2^63 - 1 ms and people write for "never". An expiry is a number:
 * beyond 2^53 ms (the year 287396) it is the next one that a double holds, so that no key ends earlier than was asked, and the
 * greatest two stand for the last millisecond and the last whole second of Redis.
 */
export const EXPIRY_MAX = 2 ** 63 - 1024;
const LAST_SECOND = 2 ** 63 - 2048;
const LAST_MS = 2n ** 63n - 1n;
const LAST_SECOND_MS = (LAST_MS / 1000n) * 1000n;

/** How an exact time from 0 to 2^63 - 1 is held: never as an earlier one. */
export function heldExpiry(ms: bigint): number {
  if (ms > LAST_SECOND_MS) return EXPIRY_MAX;
  const nearest = Number(ms);
  const held = BigInt(nearest) < ms ? next(nearest) : nearest;
  return Math.min(LAST_SECOND, held);
}

/** The time that a held one stands for: a number where it is exact. */
export function exactExpiry(expiryMs: number): number | bigint {
  if (Number.isSafeInteger(expiryMs)) return expiryMs;
  if (expiryMs >= EXPIRY_MAX) return LAST_MS;
  return expiryMs === LAST_SECOND ? LAST_SECOND_MS : BigInt(expiryMs);
}

/** Whether a number can be an expiry: 0 says that there is none. */
export function isExpiry(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= EXPIRY_MAX;
}

/** Whether a time that was rounded to the nearest double can be the one that is held as `expiryMs`. */
export function isNearest(expiryMs: number, rounded: number): boolean {
  if (expiryMs === rounded) return true;
  if (Number.isSafeInteger(expiryMs) || Number.isSafeInteger(rounded)) return false;
  return next(expiryMs) === rounded || next(rounded) === expiryMs;
}

// ---

const DOUBLE = new Float64Array(1);
const BITS = new BigInt64Array(DOUBLE.buffer);

/** The double that follows a positive one. */
function next(value: number): number {
  DOUBLE[0] = value;
  BITS[0]!++;
  return DOUBLE[0];
}
