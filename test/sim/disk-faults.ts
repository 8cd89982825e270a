import type { Prng } from './prng.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

const PAUSE_MS = 900;
const LASTS_MAX_MS = 2_500;

/** Disks that are full for a while, or take nothing at all: with chances of their own, so that all else stays as it is. */
export class DiskFaults {
  private isOn = false;

  constructor(
    private readonly world: World,
    private readonly random: Prng,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  stop(): void {
    this.isOn = false;
    for (const node of this.world.nodes) node.mendDisk();
  }

  private next(): void {
    this.world.schedule.after(this.random.between(1, 2 * PAUSE_MS), () => {
      if (!this.isOn) return;
      const candidates = this.world.nodes.filter((node) => node.isUp && !node.memoryOnly);
      if (candidates.length > 0) this.fail(this.random.pick(candidates));
      this.next();
    });
  }

  private fail(node: SimNode): void {
    const { disk } = node;
    node.failDisk(this.random.chance(0.4) ? 'little' : 'nothing');
    this.world.schedule.after(this.random.between(10, LASTS_MAX_MS), () => {
      if (node.disk === disk) node.mendDisk();
    });
  }
}
