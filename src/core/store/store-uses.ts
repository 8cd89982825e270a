import type { Bytes } from '../model/bytes.js';
import type { Entry } from '../model/entry.js';
import type { VictimPolicy } from './eviction.js';

/** Which entries were used, for whoever evicts. */
export interface StoreUses {
  /**
   * An entry with a value that the policy would evict, found by samples, as the stub to be put in its place; undefined: there
   * is none. `random`: 0 <= x < 1.
   */
  victim(policy: VictimPolicy, random: () => number): Entry | undefined;
  /** From now on it counts how long ago an entry was used, for `allkeys-lru`. Until then that costs nothing. */
  noteUses(): void;
  /** A client has read the key. */
  used(key: Bytes): void;
}
