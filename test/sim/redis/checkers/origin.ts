import type { Deed } from '../book.js';
import type { BridgeChecker } from '../checker.js';
import type { SimSite } from '../sim-site.js';

/**
 * Only what the application of a site did gets a version there, once: neither what the node itself wrote, nor an old value that
 * came back, nor that a key was evicted or lost.
 */
export class OriginChecker implements BridgeChecker {
  readonly name = 'origin';

  captured(site: SimSite, key: string, state: string | null, wish: Deed | null): void {
    if (wish !== null) return;
    const { world, book, name } = site;
    const { wishes, last } = book.of(key);
    const once = wishes.findLast((deed) => deed.state === state);
    const how =
      last?.by === 'eviction' || last?.by === 'load'
        ? `it is so by ${last.by} (#${last.order})`
        : once !== undefined
          ? `that is of ${world.schedule.nowMs - once.atMs} ms ago (#${once.order}), and was versioned since`
          : 'nobody there ever wrote that';
    world.fail(this.name, `${name} ${key}: ${state ?? 'a delete'} got a version: ${how}; last ${JSON.stringify(last)}`);
  }
}
