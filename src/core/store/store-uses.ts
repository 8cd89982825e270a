import type { Bytes } from '../model/bytes.js';
import type { VictimPolicy } from './eviction.js';

/** Which entries were used, for whoever evicts. */
export interface StoreUses {
  /**
   * The key that the policy would evict, found by samples: it has a value, or parts that have one (R13). undefined: there is none.
   * `random`: 0 <= x < 1.
   */
  victim(policy: VictimPolicy, random: () => number): Bytes | undefined;
  /** From now on it counts how long ago an entry was used, for `allkeys-lru`. Until then that costs nothing. */
  noteUses(): void;
  /** A client has read the key, or parts of it. */
  used(key: Bytes): void;
}
