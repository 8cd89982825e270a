import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

/** A node's time may be drawn towards the wall clock by this share of what has passed, */
const DRAW = 1 / 200;
/** and both times that are compared here are rounded. */
const ROUNDING_MS = 2;

/** R15: the time of a process runs as its monotonic clock does, but for being drawn slowly towards the wall clock. */
export class SteadyChecker implements Checker {
  readonly name = 'steady';
  private readonly seen = new Map<SimNode, { epoch: number; monoMs: number; aheadMs: number }>();

  constructor(private readonly world: World) {}

  writing(node: SimNode): void {
    const monoMs = node.clock.monoMs();
    const now = { epoch: node.currentEpoch, monoMs, aheadMs: node.wallMs - monoMs };
    const before = this.seen.get(node);
    this.seen.set(node, now);
    if (before?.epoch !== now.epoch) return;
    const movedMs = Math.abs(now.aheadMs - before.aheadMs);
    if (movedMs > (monoMs - before.monoMs) * DRAW + ROUNDING_MS)
      this.world.fail(this.name, `the time of ${node.name} has stepped by ${movedMs} ms`);
  }
}
