/** How often beats go out, from the failure timeout: five in that time, at most one a second. */
export function beatIntervalMs(failureTimeoutMs: number): number {
  return Math.min(1000, Math.max(40, failureTimeoutMs / 5));
}
