import { originOf, replicaOf } from '../../../src/core/model/version.js';
import { GROUPS } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { World } from '../world.js';

/** R7: when all is in sync, logs and tombstones drain to nothing, and past origins are retired from the vectors. */
export class DrainedChecker implements Checker {
  readonly name = 'drained';

  constructor(private readonly world: World) {}

  pending(): string | null {
    const nodes = this.world.nodes.filter((node) => node.core !== null);
    const origins = new Set(nodes.map(({ replica, boot }) => originOf(replica, boot)));
    for (const node of nodes) {
      for (const group of GROUPS) {
        const store = node.disk.inner(group);
        if (store.logRowCount > 0) return `${node.name} has ${store.logRowCount} rows in its ${group} log`;
        if (group === 'data' && store.tombstoneCount > 0) return `${node.name} has ${store.tombstoneCount} tombstones`;
        // Alone it retires nobody.
        if (node.core!.status.records.active().length === 1) continue;
        for (const origin of store.vector.seqs.keys()) {
          if (!this.world.dayHasPassed && this.world.former.has(replicaOf(origin))) continue;
          if (!origins.has(origin)) return `${node.name} still lists ${origin} in its ${group} vector`;
        }
      }
    }
    return null;
  }
}
