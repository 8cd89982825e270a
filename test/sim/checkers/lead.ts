import { hlcToMs } from '../../../src/core/model/hlc.js';
import type { Checker } from '../checker.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';
import type { Write } from '../writes.js';

/**
 * No time runs ahead: a write is stamped at most this much beyond the latest time that any node has ever had. What lies further
 * ahead than the limit of clock skew is refused by others.
 */
export class LeadChecker implements Checker {
  readonly name = 'lead';
  private latestMs = 0;

  constructor(
    private readonly world: World,
    private readonly leadMaxMs: number,
  ) {}

  writing(node: SimNode, { entry }: Write): void {
    for (const one of this.world.nodes) this.latestMs = Math.max(this.latestMs, one.wallMs);
    const leadMs = hlcToMs(entry.hlc) - this.latestMs;
    if (leadMs > this.leadMaxMs)
      this.world.fail(this.name, `${node.name} stamps a write ${leadMs} ms ahead of every node's time`);
  }
}
