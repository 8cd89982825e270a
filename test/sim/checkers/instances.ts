import { type Entry, lastWriteOf } from '../../../src/core/model/entry.js';
import type { Origin } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

/** R14: an origin is written by one run of one process alone. */
export class InstancesChecker implements Checker {
  readonly name = 'instances';
  private readonly writers = new Map<Origin, { readonly node: SimNode; readonly epoch: number }>();

  constructor(private readonly world: World) {}

  writing(node: SimNode, { entry }: { group: Group; entry: Entry }): void {
    const { origin } = lastWriteOf(entry);
    const epoch = node.currentEpoch;
    const writer = this.writers.get(origin);
    if (writer === undefined) this.writers.set(origin, { node, epoch });
    else if (writer.node !== node || writer.epoch !== epoch)
      this.world.fail(this.name, `two instances of ${node.name} write as ${origin}`);
  }
}
