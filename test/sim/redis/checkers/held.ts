import type { BridgeChecker } from '../checker.js';
import type { BridgedWorld } from '../world.js';

/** A Redis that restarted, or was replaced, holds up no key that it has as the node knows it to have it. */
export class HeldChecker implements BridgeChecker {
  readonly name = 'held';

  constructor(private readonly world: BridgedWorld) {}

  sample(): void {
    for (const { node, book, redis, target, nowMs, name } of this.world.sites) {
      for (const id of node.bridge?.state() === 'held' ? node.bridge.site.held.keys() : []) {
        const key = id.slice(1);
        const state = redis.find(target.database, key)?.state ?? null;
        const known = book.of(key);
        if (state !== null && !known.wasEvicted && !known.hasLostFlush && state === known.knownState(nowMs))
          this.world.fail(this.name, `${name} ${key}: ${state} is held, and nothing of it was lost`);
      }
    }
  }
}
