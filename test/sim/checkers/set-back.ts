import type { IncidentRecord } from '../../../src/core/membership/records.js';
import type { Entry } from '../../../src/core/model/entry.js';
import type { ReplicaId } from '../../../src/core/model/version.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { keyId } from '../writes.js';

/** R14: only a member whose disk was set back, or that had none and ended, is named as one that came back with less than it had acknowledged. */
export class SetBackChecker implements Checker {
  readonly name = 'set-back';

  constructor(private readonly world: World) {}

  putting(node: SimNode, group: Group, entry: Entry): void {
    if (group !== 'system' || entry.value === null || !keyId(entry).startsWith('incident/')) return;
    const record = JSON.parse(Buffer.from(entry.value).toString()) as IncidentRecord;
    if (record.kind !== 'set-back') return;
    const [named] = record.islands[0]!.replicas;
    if (named !== undefined && (this.world.setBack.has(named) || this.isForgetful(named))) return;
    this.world.fail(this.name, `${node.name}: ${named} was never set back, but it says: ${record.problem}`);
  }

  /** One of two records of a place is forgotten, and its node with it, should it live. */
  private isForgetful(replica: ReplicaId): boolean {
    return this.world.emptied.has(replica) || this.world.nodeOf(replica)?.memoryOnly === true;
  }

  writing(node: SimNode, write: { group: Group; entry: Entry }): void {
    this.putting(node, write.group, write.entry);
  }
}
