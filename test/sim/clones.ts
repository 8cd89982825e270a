import { InstancesChecker } from './checkers/instances.js';
import type { Prng } from './prng.js';
import { Recurring } from './recurring.js';
import { SimNode } from './sim-node.js';
import type { World } from './world.js';
import { Collected, WriteBook } from './writes.js';

const PAUSE_MS = 600;
/** A clone that the members can reach has this long until it must have ended: three failure timeouts. */
const LIVES_MAX_MS = 1_500;
const LOOK_MS = 5;

/**
 * R14: a directory is copied while its node runs, and a second node is started from the copy. As long as the original is well and nothing is
 * cut, it is the clone that has to end. What it writes until then nobody else may ever see.
 */
export class Clones extends Recurring {
  private isOneAlive = false;

  constructor(world: World, random: Prng) {
    super(world, random, PAUSE_MS);
  }

  protected strike(): void {
    const candidates = this.world.nodes.filter((node) => !node.memoryOnly && this.isWell(node, node.currentEpoch));
    if (candidates.length > 0 && !this.isOneAlive) this.clone(this.random.pick(candidates));
  }

  private clone(original: SimNode): void {
    const { world } = this;
    const { currentEpoch } = original;
    const clone = new Clone(this.unseen(), original);
    this.isOneAlive = true;
    world.note(`${original.name} is cloned`);
    clone.takeOver(original);
    const sinceMs = world.schedule.nowMs;
    const look = (): void => {
      const livesMs = world.schedule.nowMs - sinceMs;
      if (clone.hasEnded || !this.isWell(original, currentEpoch)) {
        if (!clone.hasEnded) clone.halt();
        this.isOneAlive = false;
      } else if (livesMs > LIVES_MAX_MS) {
        world.fail('instances', `a second instance of ${original.name} lives on after ${livesMs} ms`);
      } else world.schedule.after(LOOK_MS, look);
    };
    look();
  }

  /** It has a link to each of the others, who would hear of its end. */
  private isWell(node: SimNode, epoch: number): boolean {
    const { network, nodes } = this.world;
    const knows = ({ core }: SimNode): boolean => core?.status.peers.get(node.replica)?.hello.boot === node.boot;
    const isHeard = nodes.every((other) => other === node || (other.isServing && !other.hangs && knows(other)));
    return nodes.length > 1 && isHeard && network.isWhole && node.isIn(epoch) && !node.hangs && !node.isLeaving;
  }

  /** The same world for a node that no checker has to judge, but for whether it writes as somebody else. */
  private unseen(): World {
    const { world } = this;
    const instances = world.checkers.find((checker) => checker instanceof InstancesChecker);
    return Object.assign(Object.create(world) as World, {
      book: new WriteBook(),
      collected: new Collected(),
      former: new Set(),
      setBack: new Set(),
      noteFailure: world.noteFailure.bind(world),
      observe: (event: string, node: SimNode, ...args: never[]) => {
        if (event === 'writing') instances?.writing(node, ...(args as unknown as [never]));
      },
    });
  }
}

class Clone extends SimNode {
  hasEnded = false;

  constructor(world: World, original: SimNode) {
    super(world, original.name, original.clock, false, original.memory);
  }

  takeOver(original: SimNode): void {
    this.replica = original.replica;
    this.setBack(original.disk.copy());
    this.world.startLater(this, 1);
  }

  override mustStop({ code, message }: Parameters<SimNode['mustStop']>[0]): void {
    this.world.note(`the clone of ${this.name} must stop: ${code}: ${message}`);
    this.halt();
  }

  override halt(): void {
    super.halt();
    this.isGone = this.hasEnded = true;
  }
}
