import type { BridgeChecker } from '../checker.js';
import type { SimSite } from '../sim-site.js';

/** What a node set aside of its Redis was its application's: what the node has written there itself it knows for what it is. */
export class AsideChecker implements BridgeChecker {
  readonly name = 'aside';

  setAside(site: SimSite, key: string, state: string | null): void {
    const { last, wishes } = site.book.of(key);
    if (state === null || last?.by !== 'node' || last.state !== state) return;
    // Written back after a loss, it is the application's still.
    if (site.runSinceMs > 0 && wishes.some((wish) => wish.state === state)) return;
    site.world.fail(this.name, `${site.name} ${key}: ${state} was set aside, which its node had written there`);
  }
}
