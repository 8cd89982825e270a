import type { Prng } from './prng.js';
import { Recurring } from './recurring.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

const PAUSE_MS = 1_500;
/** Further than the door lets through, and near enough to be waited for. */
const AHEAD_MIN_MS = 4_000;
const AHEAD_MAX_MS = 8_000;
const LASTS_MAX_MS = 1_500;
const BACK_WITHIN_MS = 300;

/**
 * Nodes that are started with a clock that is far ahead, write under it, and are started anew once it is set right, by the end
 * of the other faults.
 */
export class ClockFaults extends Recurring {
  constructor(world: World, random: Prng) {
    super(world, random, PAUSE_MS);
  }

  protected strike(): void {
    const candidates = this.world.nodes.filter((node) => node.isServing && !node.memoryOnly && !node.isLeaving);
    if (candidates.length > 0) this.breakClock(this.random.pick(candidates));
  }

  private breakClock(node: SimNode): void {
    const aheadMs = this.random.between(AHEAD_MIN_MS, AHEAD_MAX_MS);
    this.startUnder(node, aheadMs);
    this.after(this.random.between(BACK_WITHIN_MS, LASTS_MAX_MS), () => this.startUnder(node, -aheadMs));
  }

  /** A start takes over the machine's time at once. */
  private startUnder(node: SimNode, stepMs: number): void {
    node.clock.step(stepMs);
    node.crash('process');
    this.world.startLater(node, this.random.between(1, BACK_WITHIN_MS));
  }
}
