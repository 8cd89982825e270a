import { type Origin, originOf } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';

/** R17: a node whose disk does not take it writes no data, neither its clients' nor a resolution's, and takes in nobody else's. */
export class ReadOnlyChecker implements Checker {
  readonly name = 'read-only';

  constructor(private readonly world: World) {}

  writing(node: SimNode, { group, entry }: Write): void {
    if (group === 'data' && node.disk.takes !== 'all') {
      this.world.fail(this.name, `${node.name} wrote #${entry.seq} while its disk takes ${node.disk.takes}`);
    }
  }

  advanced(node: SimNode, group: Group, origin: Origin, from: number, upto: number): void {
    const { takes } = node.disk;
    const isRefused = takes === 'nothing' || (takes === 'little' && group === 'data');
    if (isRefused && origin !== originOf(node.replica, node.boot)) {
      this.world.fail(
        this.name,
        `${node.name} took in ${group} of ${origin} from ${from} to ${upto}: ${takes} is taken`,
      );
    }
  }
}
