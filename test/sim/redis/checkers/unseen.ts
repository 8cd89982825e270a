import { fullKey } from '../../../../src/core/entry.js';
import type { Deed } from '../book.js';
import type { BridgeChecker } from '../checker.js';
import { text } from '../model/resp.js';
import type { Change } from '../model/server.js';
import type { SimSite } from '../sim-site.js';
import { versionOf } from '../world.js';

/** What an application wrote to its Redis is not replaced there before it has a version, or is set aside. */
export class UnseenChecker implements BridgeChecker {
  readonly name = 'unseen';

  applied(site: SimSite, { key, after }: Change): void {
    const book = site.book.of(key);
    const { world } = site;
    const { unseen } = book;
    if (unseen === null || world.setAside.has(`${key} ${unseen.state}`)) return;
    // The node had the same already, from elsewhere: there was nothing to be told.
    if (book.wasHeld(unseen.state, unseen.atMs)) return;
    if (unseen.state === null && isInDoubt(site, unseen)) return;
    if (unseen.isFlush && isLater(site, key, unseen)) return;
    const was = `${unseen.state ?? 'a delete'} (#${unseen.order}, ${world.schedule.nowMs - unseen.atMs} ms old)`;
    world.fail(
      this.name,
      `${site.name} ${key}: the node wrote ${after?.state ?? 'nothing'} over ${was}, which nobody had seen`,
    );
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** How long after an eviction a missing key may be an evicted one, where no events tell. */
const DOUBT_MS = 15_000;

/** Whether what the node has was written after that. */
function isLater({ node, world, target }: SimSite, key: string, { atMs }: Deed): boolean {
  const entry = node.disk.inner('data').get(fullKey(target.database, text(key)));
  const deed = entry === undefined ? undefined : world.deedOf.get(versionOf(entry));
  return deed !== undefined && deed.atMs >= atMs;
}

function isInDoubt({ evictions }: SimSite, { atMs }: Deed): boolean {
  return evictions.some((eviction) => !eviction.isTold && eviction.atMs >= atMs - DOUBT_MS);
}
