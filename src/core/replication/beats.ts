/** The time between two beats: a fifth of the failure timeout, but no more than a second. */
export function beatIntervalMs(failureTimeoutMs: number): number {
  return Math.min(1000, Math.max(40, failureTimeoutMs / 5));
}
