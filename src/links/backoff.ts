export interface BackoffSettings {
  /** No wait is shorter, so that a peer that refuses at once is not dialled in a loop. Milliseconds. */
  readonly floorMs: number;
  /** The longest wait after the first failure; it doubles with each further one. Milliseconds, above the floor. */
  readonly firstMs: number;
  /** No wait is longer. Keep it near the failure timeout: a heal is seen at most this much later. Milliseconds. */
  readonly capMs: number;
}

export const BACKOFF: BackoffSettings = { floorMs: 50, firstMs: 200, capMs: 5_000 };

/**
 * How long to wait before the next dial, in milliseconds: exponential with full jitter (Brooker, "Exponential Backoff
 * and Jitter", AWS Architecture Blog, 2015), so that the nodes of an island do not all dial a returned peer at once.
 *
 * @param failures how many dials in a row have failed, from 1; 0 counts as 1
 * @param random gives a number from 0 up to but not including 1
 * @returns at least `floorMs`, below `min(capMs, firstMs * 2^(failures - 1))` or the floor if that is greater
 */
export function backoffMs(failures: number, random: () => number, settings: BackoffSettings = BACKOFF): number {
  const { floorMs, firstMs, capMs } = settings;
  const ceilingMs = Math.min(capMs, firstMs * 2 ** Math.max(0, failures - 1));
  return floorMs + random() * Math.max(0, ceilingMs - floorMs);
}
