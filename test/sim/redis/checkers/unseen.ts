import type { BridgeChecker } from '../checker.js';
import type { Change } from '../model/server.js';
import type { SimSite } from '../sim-site.js';

/** What an application wrote to its Redis is not replaced there before it has a version, or is set aside. */
export class UnseenChecker implements BridgeChecker {
  readonly name = 'unseen';

  applied(site: SimSite, { key, after }: Change): void {
    const { unseen } = site.book.of(key);
    const { world } = site;
    if (unseen === null || world.setAside.has(`${key} ${unseen.state}`)) return;
    const was = `${unseen.state ?? 'a delete'} (#${unseen.order}, ${world.schedule.nowMs - unseen.atMs} ms old)`;
    world.fail(
      this.name,
      `${site.name} ${key}: the node wrote ${after?.state ?? 'nothing'} over ${was}, which nobody had seen`,
    );
  }
}
