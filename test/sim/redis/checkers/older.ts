import type { Entry } from '../../../../src/core/model/entry.js';
import type { Deed } from '../book.js';
import type { BridgeChecker } from '../checker.js';
import { stateOfEntry } from '../content.js';
import type { SimSite } from '../sim-site.js';
import { versionOf } from '../world.js';

/** What two sites did within so long is ordered by who captured it last. */
const LAG_MS = 3000;

interface Suspicion {
  readonly site: SimSite;
  readonly key: string;
  readonly wish: Deed;
  readonly overridden: Entry;
  readonly later: Deed;
}

/** What an application did is not overridden by what another did seconds before, however late that is seen; or it is set aside. */
export class OlderChecker implements BridgeChecker {
  readonly name = 'older';
  private suspicions: Suspicion[] = [];

  captured(
    site: SimSite,
    key: string,
    _: string | null,
    wish: Deed | null,
    __: Entry,
    before: Entry | undefined,
  ): void {
    if (wish === null || before === undefined) return;
    const later = site.world.deedOf.get(versionOf(before));
    if (later === undefined || later.atMs <= wish.atMs + LAG_MS) return;
    this.suspicions.push({ site, key, wish, overridden: before, later });
  }

  /** Values are set aside in the turn in which they are overridden, though after it. */
  sample(): void {
    const suspicions = this.suspicions;
    this.suspicions = [];
    for (const { site, key, wish, overridden, later } of suspicions) {
      const { world } = site;
      if (world.setAside.has(`${key} ${stateOfEntry(overridden, 0)}`)) continue;
      const what = `${later.state ?? 'a delete'} of tick ${later.atMs}`;
      world.fail(this.name, `${site.name} ${key}: ${wish.state ?? 'a delete'} of tick ${wish.atMs} overrode ${what}`);
    }
  }
}
