import type { Entry } from '../../core/model/entry.js';
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

  /** What Redis holds once it has the entry: `state`, with the digest that this Redis gives it. */
  applied(id: string, entry: Entry | undefined, state: State): State {
    const local = this.known.get(id);
    if (local === undefined || state === null) return state;
    return local[0] === versionOf(entry) ? { ...state, digest: local[1] } : state;
  }

  set(id: string, entry: Entry, digest: string): void {
    const kept: Kept = [versionOf(entry), digest];
    this.known.set(id, kept);
    this.storage.setMeta(PREFIX + id, kept);
  }

  delete(id: string): void {
    if (this.known.delete(id)) this.storage.setMeta(PREFIX + id, undefined);
  }
}

function versionOf(entry: Entry | undefined): string {
  return entry === undefined ? '' : `${entry.hlc}/${entry.origin}`;
}

// ---------------------------------------------------------------------------------------------------------------------

const PREFIX = 'redis/dump/';

type Kept = readonly [version: string, digest: string];
