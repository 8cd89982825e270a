import type { Entry } from '../../../../src/core/model/entry.js';
import type { Deed } from '../book.js';
import type { BridgeChecker } from '../checker.js';
import { stateOfEntry } from '../content.js';
import type { SimSite } from '../sim-site.js';
import { type BridgedWorld, versionOf } from '../world.js';

/** What two sites did within so long is ordered by who captured it last. */
const LAG_MS = 3000;
/** Where the later one was captured at once, and the other found after an absence: clocks differ, and what is captured at once takes a moment. */
const FOUND_LAG_MS = 700;

interface Suspicion {
  readonly site: SimSite;
  readonly key: string;
  readonly wish: Deed;
  /** What was overridden. */
  readonly state: string | null;
  readonly later: Deed;
}

/** What an application did is not overridden by what another did seconds before, however late that is seen; or it is set aside. */
export class OlderChecker implements BridgeChecker {
  readonly name = 'older';
  private suspicions: Suspicion[] = [];
  private readonly losses: Suspicion[] = [];

  constructor(private readonly world: BridgedWorld) {}

  captured(
    site: SimSite,
    key: string,
    _: string | null,
    wish: Deed | null,
    entry: Entry,
    before: Entry | undefined,
  ): void {
    if (wish === null || before === undefined || areDeletes(entry, before)) return;
    const later = site.world.deedOf.get(versionOf(before));
    if (later === undefined || !isLater(later, wish) || this.isPast(key, later)) return;
    this.suspicions.push({ site, key, wish, state: stateOfEntry(before, 0), later });
  }

  /** Values are set aside in the turn in which they are overridden, though after it. */
  sample(): void {
    const suspicions = this.suspicions;
    this.suspicions = [];
    for (const { site, key, wish, state, later } of suspicions) {
      const { world } = site;
      if (world.setAside.has(`${key} ${state}`)) continue;
      const what = `${later.state ?? 'a delete'} of tick ${later.atMs}`;
      world.fail(this.name, `${site.name} ${key}: ${wish.state ?? 'a delete'} of tick ${wish.atMs} overrode ${what}`);
    }
  }

  /** Where it was replaced by what came in: its own site may set it aside later, as that sees it. */
  replaced(site: SimSite, key: string, by: Entry, before: Entry): void {
    const { deedOf } = this.world;
    // A touch lives on its value.
    if (before.touch !== undefined || areDeletes(by, before)) return;
    const [wish, later] = [deedOf.get(versionOf(by)), deedOf.get(versionOf(before))];
    if (wish === undefined || later === undefined || !isLater(later, wish) || this.isPast(key, later)) return;
    this.losses.push({ site, key, wish, state: stateOfEntry(before, 0), later });
  }

  /** Its own application has gone on since: that is what stands or not. */
  private isPast(key: string, deed: Deed): boolean {
    const books = this.world.sites.map(({ book }) => book.of(key).wishes);
    return books.some((wishes) => wishes.includes(deed) && wishes.at(-1) !== deed);
  }

  end(): void {
    this.suspicions = this.losses;
    this.sample();
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** What had expired before it was found is deleted, at whatever time: nothing that could be set aside is lost with that. */
function areDeletes(one: Entry, other: Entry): boolean {
  return one.value === null && other.value === null;
}

function isLater(later: Deed, than: Deed): boolean {
  const lagMs = later.isAttended && than.isAway ? FOUND_LAG_MS : LAG_MS;
  return later.atMs > than.atMs + lagMs;
}
