import type { BridgeChecker } from '../checker.js';
import type { Change } from '../model/server.js';
import type { SimSite } from '../sim-site.js';
import { openWish } from '../wishes.js';

/** What an application wrote to its Redis is not replaced there before it has a version, or is set aside. */
export class UnseenChecker implements BridgeChecker {
  readonly name = 'unseen';

  applied(site: SimSite, { key, after }: Change): void {
    const wish = openWish(site, key);
    if (wish === null) return;
    const { world } = site;
    const was = `${wish.state ?? 'a delete'} (#${wish.order}, ${world.schedule.nowMs - wish.atMs} ms old)`;
    world.fail(
      this.name,
      `${site.name} ${key}: the node wrote ${after?.state ?? 'nothing'} over ${was}, which nobody had seen`,
    );
  }
}
