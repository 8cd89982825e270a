import { markFormer } from './former.js';
import type { Node, Stopped } from './node.js';

const POLL_MS = 20;

/** A node that has told its cluster that it left ends by itself when a member knows of that. Returns whether that came about. */
export async function endOnceLeft(node: Node, how: Stopped = { code: 0, error: null }): Promise<boolean> {
  if (!(await within(Number.POSITIVE_INFINITY, node, () => node.core.departure.hasLeft))) return false;
  markFormer(node.engine, node.core.status);
  setImmediate(() => node.onEnd(how));
  return true;
}

/** Returns whether the condition came true, within the time and while the node runs. */
export async function within(waitMs: number, node: Node, condition: () => boolean): Promise<boolean> {
  const deadlineMs = performance.now() + waitMs;
  let isOver = false;
  void node.stopped.then(() => {
    isOver = true;
  });
  while (!condition()) {
    if (isOver || performance.now() > deadlineMs) return false;
    node.schedule();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return true;
}
