import type { Reply } from '../codec/reply.js';

/** How long a command may hold the event loop at a time. */
const SLICE_MS = 8;

/**
 * The work of a command in small steps: at each `yield` it can be interrupted for a turn of the event loop, or for a promise
 * that it yields, whose reply it gets. A step should take less than a millisecond. What it returns is the reply.
 */
export type Steps = Generator<Promise<Reply> | undefined, Reply, Reply>;

/** The first slice of some work: done, or what follows when the event loop is free again. */
export type FirstSlice =
  | { readonly isDone: true; readonly reply: Reply }
  | { readonly isDone: false; rest(): Promise<Reply> };

/**
 * Does the work in slices of time, with the event loop free in between. What is done within the first slice is answered at
 * once. `isWanted` is asked before each further slice: once nobody waits for the reply any more the rest is left undone.
 */
export function inSlices(steps: Steps, isWanted: () => boolean = always): Reply | Promise<Reply> {
  const first = firstSlice(steps, isWanted);
  return first.isDone ? first.reply : first.rest();
}

export function firstSlice(steps: Steps, isWanted: () => boolean = always): FirstSlice {
  const result = runSlice(steps, null);
  if (result.done === true) return { isDone: true, reply: result.value };
  return { isDone: false, rest: () => restInSlices(steps, result.value, isWanted) };
}

/** Performs a command whose work is done to its end at once, whatever it takes: a script waits for it. */
export function atOnce<T>(work: () => T): T {
  isWhole = true;
  try {
    return work();
  } finally {
    isWhole = false;
  }
}

// ---

let isWhole = false;

async function restInSlices(steps: Steps, first: Promise<Reply> | undefined, isWanted: () => boolean): Promise<Reply> {
  for (let awaited = first; ; ) {
    const reply = await (awaited ?? new Promise<null>((resolve) => setImmediate(resolve, null)));
    if (!isWanted()) {
      steps.return(null);
      return null;
    }
    const result = runSlice(steps, reply);
    if (result.done === true) return result.value;
    awaited = result.value;
  }
}

/** Until the time is over, or something is to be waited for, or all is done. */
function runSlice(steps: Steps, awaited: Reply): IteratorResult<Promise<Reply> | undefined, Reply> {
  const deadline = isWhole ? Number.POSITIVE_INFINITY : performance.now() + SLICE_MS;
  for (;;) {
    const result = steps.next(awaited);
    if (result.done === true || result.value !== undefined || performance.now() >= deadline) return result;
  }
}

function always(): boolean {
  return true;
}
