import type { Storage } from '../../core/store/store.js';
import type { State } from './state.js';

/**
 * The digests of values that this Redis dumps otherwise than their author's did. Kept with the node's data: without them a
 * node that was started again would not know what Redis holds under a key that a peer changes before the scan comes to it.
 */
export class LocalDigests {
  private readonly known = new Map<string, Kept>();

  constructor(private readonly storage: Storage) {
    for (const name of storage.metaNames(PREFIX))
      this.known.set(name.slice(PREFIX.length), storage.getMeta(name) as Kept);
  }

  /** What Redis holds once it has what the node has: `state`, with the digest that this Redis gives it. */
  applied(id: string, state: State): State {
    const local = this.known.get(id);
    return local === undefined || local[0] !== state?.digest ? state : { ...state, digest: local[1] };
  }

  set(id: string, digest: string, here: string): void {
    const kept: Kept = [digest, here];
    this.known.set(id, kept);
    this.storage.setMeta(PREFIX + id, kept);
  }

  delete(id: string): void {
    if (this.known.delete(id)) this.storage.setMeta(PREFIX + id, undefined);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/dump/';

/** A digest of what the node has, and that of the same value here. */
type Kept = readonly [digest: string, here: string];
