import type { Entry } from '../../../src/core/model/entry.js';
import type { Deed } from './book.js';
import type { Change } from './model/server.js';
import type { SimSite } from './sim-site.js';

/** One property of sites that must hold. It sees what happens, and calls `world.fail` when the property is broken. */
export interface BridgeChecker {
  readonly name: string;
  /**
   * A node has versioned what it read from its Redis.
   * @param wish what its application did that this is the version of; null: nothing
   * @param before the entry that was overridden
   */
  captured?(
    site: SimSite,
    key: string,
    state: string | null,
    wish: Deed | null,
    written: Entry,
    before: Entry | undefined,
  ): void;
  /** An entry of a node was replaced by another site's. */
  replaced?(site: SimSite, key: string, by: Entry, before: Entry): void;
  /** A node's write has changed a key of its Redis. */
  applied?(site: SimSite, change: Change): void;
  /** A node has kept a value that is being overridden. */
  setAside?(site: SimSite, key: string, state: string | null): void;
  /** Now and then. */
  sample?(): void;
  /** After all faults: null if the property holds, else what is still missing. */
  pending?(): string | null;
  /** At the very end. */
  end?(): void;
}
