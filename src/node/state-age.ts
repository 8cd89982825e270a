import type { NodeState } from '../core/node.js';

/** Since when the node has been in its state: an operator asks for how long writes are refused, not for how long the process has run. */
export class StateAge {
  private state: NodeState | null = null;
  private sinceMs = performance.now();

  /** Called at each tick, and when it is asked. */
  note(state: NodeState): number {
    const nowMs = performance.now();
    if (state !== this.state) {
      this.state = state;
      this.sinceMs = nowMs;
    }
    return Math.round(nowMs - this.sinceMs);
  }
}
