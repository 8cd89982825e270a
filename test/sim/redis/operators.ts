import { isOfParts } from './part-applications.js';
import type { SimSite } from './sim-site.js';
import type { BridgedWorld } from './world.js';

const PAUSE_MS = 700;
/** An operator has a look before deciding. */
const PATIENCE_MS = 1500;

/** Whoever is told that a Redis may have lost data decides what stands. */
export class Operators {
  decisions = 0;
  private readonly heldSince = new Map<SimSite, number>();

  constructor(
    private readonly world: BridgedWorld,
    private readonly confirmChance: number,
  ) {}

  start(): void {
    this.world.schedule.after(PAUSE_MS, () => {
      for (const site of this.world.sites) this.look(site);
      this.start();
    });
  }

  private look(site: SimSite): void {
    const { node } = site;
    const { nowMs } = this.world.schedule;
    if (node.hangs || node.bridge?.state() !== 'held') {
      this.heldSince.delete(site);
      return;
    }
    const sinceMs = this.heldSince.get(site) ?? nowMs;
    this.heldSince.set(site, sinceMs);
    if (nowMs - sinceMs >= PATIENCE_MS) this.decide(site);
  }

  private decide(site: SimSite): void {
    const { world } = this;
    const bridge = site.node.bridge!;
    const { held, ledger } = bridge.site;
    const keys = [...held.keys(), ...ledger.doubtful].map((id) => id.slice(1));
    this.decisions++;
    this.heldSince.delete(site);
    const confirms = world.random.chance(this.confirmChance);
    world.note(`operator at ${site.name}: ${confirms ? 'confirm-loss' : 'restore'} ${keys}`);
    for (const key of keys) {
      if (isOfParts(key)) {
        const occasion = { order: ++world.deeds, atMs: world.schedule.nowMs, isFlush: false, isAttended: true };
        world.partChecker.decided(site, key, confirms, occasion);
        continue;
      }
      const book = site.book.of(key);
      const state = site.redis.find(site.target.database, key)?.state ?? null;
      const deed = {
        order: ++world.deeds,
        atMs: world.schedule.nowMs,
        by: 'operator' as const,
        state,
        expiryMs: 0,
        isFlush: false,
        isAttended: true,
        isAway: false,
      };
      // What others wrote meanwhile is later than what the operator decides about.
      book.excuse(deed.order);
      if (confirms) book.note(deed);
      else book.restore();
    }
    if (confirms) bridge.confirmLoss();
    else bridge.restore();
    site.node.decided();
  }
}
