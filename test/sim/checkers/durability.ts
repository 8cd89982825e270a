import { VersionVector } from '../../../src/core/model/vector.js';
import { originOf, replicaOf } from '../../../src/core/model/version.js';
import { GROUPS } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import { isHeld } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { show } from './vector.js';

/**
 * R6: nothing that a crash took was known anywhere else, and nobody believes that the crashed node had more than it has.
 * At the end, every write that was not lost stands, or a greater version of its key, or it was deleted.
 */
export class DurabilityChecker implements Checker {
  readonly name = 'durability';

  constructor(private readonly world: World) {}

  crashed(node: SimNode, wasKept: boolean): void {
    // It has less than it once acknowledged until it has come back.
    if (this.world.setBack.has(node.replica)) return;
    const origin = originOf(node.replica, node.boot);
    const has = node.disk.inner('data').vector.get(origin);
    if (wasKept && has < node.ackedUpto)
      this.world.fail(
        this.name,
        `${node.name} lost data writes after ${has}, and told clients that it has ${node.ackedUpto}`,
      );
    for (const other of this.world.nodes) {
      if (other === node) continue;
      for (const group of GROUPS) {
        const kept = node.disk.inner(group).vector;
        const theirs = other.disk.inner(group).vector.get(origin);
        if (Number.isFinite(theirs) && theirs > kept.get(origin)) {
          this.world.fail(
            this.name,
            `${node.name} lost ${group} writes after ${kept.get(origin)}; ${other.name} has ${theirs}`,
          );
        }
        const ack = other.core?.status.acks.latest(node.replica)?.[group];
        if (ack !== undefined && !kept.coversAll(VersionVector.from(ack.toData()))) {
          this.world.fail(this.name, `${node.name} lost ${group} writes that ${other.name} has its acknowledgement of`);
        }
      }
    }
  }

  end(): void {
    const judge = this.world.nodes.find((node) => node.isJoined);
    if (judge === undefined) return;
    const members = new Set(judge.core!.status.records.active().map(({ replica }) => replica));
    const store = judge.disk.inner('data');
    for (const origin of this.world.book.origins('data')) {
      if (!members.has(replicaOf(origin))) continue;
      for (const { entry, lost, isUncertain } of this.world.book.of('data', origin)) {
        if (lost || isUncertain || this.world.collected.covers('data', entry)) continue;
        if (!isHeld(store, entry)) this.world.fail(this.name, `the write ${show(entry)} is gone`);
      }
    }
  }
}
