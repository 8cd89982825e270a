/** How long a command may hold the event loop at a time. */
const SLICE_MS = 8;

/**
 * Calls `step` for 0 to count - 1. What is done within one slice of time is done when this returns undefined; otherwise
 * the rest follows in slices with the event loop free in between, and the promise resolves at the end. `atomic` does all
 * of it at once.
 */
export function inSlices(count: number, atomic: boolean, step: (index: number) => void): Promise<void> | undefined {
  const next = runSlice(0, count, atomic, step);
  return next === count ? undefined : restInSlices(next, count, step);
}

// ---

async function restInSlices(from: number, count: number, step: (index: number) => void): Promise<void> {
  let next = from;
  while (next < count) {
    await new Promise((resolve) => setImmediate(resolve));
    next = runSlice(next, count, false, step);
  }
}

function runSlice(from: number, count: number, atomic: boolean, step: (index: number) => void): number {
  const deadline = atomic ? Number.POSITIVE_INFINITY : performance.now() + SLICE_MS;
  let next = from;
  while (next < count) {
    step(next++);
    if (performance.now() >= deadline) break;
  }
  return next;
}
