import { type Entry, fullKey, lastWriteOf } from '../../../../src/core/model/entry.js';
import type { Deed } from '../book.js';
import type { BridgeChecker } from '../checker.js';
import { stateOfEntry } from '../content.js';
import { text } from '../model/resp.js';
import type { SimSite } from '../sim-site.js';
import { type BridgedWorld, versionOf } from '../world.js';

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
  /** By key, all that got versions. */
  private readonly versioned = new Map<string, Versioned[]>();

  constructor(private readonly world: BridgedWorld) {}

  captured(
    site: SimSite,
    key: string,
    _: string | null,
    wish: Deed | null,
    written: Entry,
    before: Entry | undefined,
  ): void {
    if (wish === null) return;
    const { origin, seq } = lastWriteOf(written);
    const all = this.versioned.get(key) ?? [];
    all.push({ site, deed: wish, origin, seq });
    this.versioned.set(key, all);
    if (before === undefined) return;
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

  /** Wherever they met, and whichever was there first: what stands in the end. */
  end(): void {
    const { world } = this;
    const { node, target } = world.sites[0]!;
    const store = node.disk.inner('data');
    for (const [key, all] of this.versioned) {
      const entry = store.get(fullKey(target.database, text(key)));
      const standing = entry === undefined ? undefined : world.deedOf.get(versionOf(entry));
      if (standing === undefined) continue;
      for (const { site, deed, origin, seq } of all) {
        if (deed.atMs <= standing.atMs + LAG_MS || world.setAside.has(`${key} ${deed.state}`)) continue;
        if (world.book.of('data', origin)[seq - 1]?.lost === true) continue;
        const what = `${standing.state ?? 'a delete'} of tick ${standing.atMs}`;
        world.fail(this.name, `${site.name} ${key}: ${deed.state ?? 'a delete'} of tick ${deed.atMs} lost to ${what}`);
      }
    }
  }
}

interface Versioned {
  readonly site: SimSite;
  readonly deed: Deed;
  readonly origin: string;
  readonly seq: number;
}
