import type { DiskFault } from './files.js';
import type { Prng } from './prng.js';
import { Recurring } from './recurring.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

const PAUSE_MS = 900;
const LASTS_MAX_MS = 2_500;
const FAULTS: readonly DiskFault[] = ['full', 'broken', 'lossy', 'slow', 'slow'];
/** So often the power goes while the disk is slow; the process is killed while it fails; and the power goes soon after it works again. */
const CHANCE = { cutWhileSlow: 0.7, kill: 0.3, cut: 0.4 };
const CUT_WITHIN_MS = 200;
const BACK_WITHIN_MS = 500;

/**
 * Disks that are full, fail or are slow for a while, and power cuts at the times that show what was relied on too early: while a sync
 * runs, and after one has failed.
 */
export class DiskFaults extends Recurring {
  constructor(world: World, random: Prng) {
    super(world, random, PAUSE_MS);
  }

  override stop(): void {
    super.stop();
    for (const node of this.world.nodes) node.mendDisk();
  }

  protected strike(): void {
    const candidates = this.world.nodes.filter((node) => node.isUp && !node.memoryOnly);
    if (candidates.length > 0) this.fail(this.random.pick(candidates));
  }

  private fail(node: SimNode): void {
    const { disk } = node;
    const { random } = this;
    const fault = random.pick(FAULTS);
    node.failDisk(fault);
    this.after(random.between(10, LASTS_MAX_MS), () => {
      if (node.disk !== disk) return;
      if (fault === 'slow') return random.chance(CHANCE.cutWhileSlow) ? this.crash(node, 'power') : node.mendDisk();
      if (random.chance(CHANCE.kill)) this.crash(node, 'process');
      node.mendDisk();
      if (random.chance(CHANCE.cut)) this.cutOnceUp(node);
    });
  }

  private cutOnceUp(node: SimNode): void {
    this.after(this.random.between(1, CUT_WITHIN_MS), () =>
      node.isUp ? this.crash(node, 'power') : this.cutOnceUp(node),
    );
  }

  private crash(node: SimNode, kind: 'process' | 'power'): void {
    if (!node.isUp || node.memoryOnly || node.isLeaving) return;
    node.crash(kind);
    this.world.startLater(node, this.random.between(10, BACK_WITHIN_MS));
  }
}
