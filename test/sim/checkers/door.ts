import { type Entry, lastWriteOf } from '../../../src/core/model/entry.js';
import { hlcToMs } from '../../../src/core/model/hlc.js';
import type { Group } from '../../../src/core/store/store.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import { show } from './vector.js';

/** So much beyond the limit a change may lie. */
const LEAD_MS = 2000;

/** R15: no change is taken in whose time lies further ahead of the receiver's than the limit. */
export class DoorChecker implements Checker {
  readonly name = 'door';

  constructor(private readonly world: World) {}

  putting(node: SimNode, _group: Group, entry: Entry): void {
    const { core, handling } = node;
    // A joiner does not know the cluster's limit yet.
    if (core === null || handling === null || !node.isJoined) return;
    const aheadMs = hlcToMs(lastWriteOf(entry).hlc) - node.wallMs;
    const limitMs = core.status.records.settings()['clock-skew-limit'];
    if (aheadMs > limitMs + LEAD_MS)
      this.world.fail(this.name, `${node.name} took in ${show(entry)}, ${aheadMs} ms ahead, from ${handling.name}`);
  }
}
