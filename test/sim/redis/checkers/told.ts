import type { BridgeChecker } from '../checker.js';
import type { SimSite } from '../sim-site.js';
import { openWish } from '../wishes.js';
import type { BridgedWorld } from '../world.js';

/** What is written may take so long until it is versioned, or until status says that something waits. */
const LAG_MS = 5000;
/** A node that hung knows what it missed once it has asked, and waited for the answer. */
const AWAKE_MS = 1500;

/** Status says that all is well only as long as nothing waits for long. */
export class ToldChecker implements BridgeChecker {
  readonly name = 'told';
  private readonly hungMs = new Map<SimSite, number>();

  constructor(private readonly world: BridgedWorld) {}

  sample(): void {
    const { nowMs } = this.world.schedule;
    for (const site of this.world.sites) {
      if (site.node.hangs) this.hungMs.set(site, nowMs);
      if (nowMs - (this.hungMs.get(site) ?? -AWAKE_MS) >= AWAKE_MS && saysInSync(site)) this.check(site);
    }
  }

  private check(site: SimSite): void {
    const nowMs = this.world.schedule.nowMs;
    for (const [key] of site.book.entries()) {
      const wish = openWish(site, key);
      if (wish === null || nowMs - wish.atMs < LAG_MS) continue;
      const what = `${wish.state ?? 'a delete'} (#${wish.order})`;
      this.world.fail(
        this.name,
        `${site.name} ${key}: ${what} waits for ${nowMs - wish.atMs} ms, and status says in sync`,
      );
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function saysInSync({ node }: SimSite): boolean {
  const status = node.bridge?.status();
  if (status === undefined || status.state !== 'attached' || status.problem !== null) return false;
  return status.toRead === 0 && status.toWrite === 0 && status.leftOut.count === 0 && status.obstacles.length === 0;
}
