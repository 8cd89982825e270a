import { type Entry, stubOf } from '../../../src/core/model/entry.js';
import type { VictimPolicy } from '../../../src/core/store/eviction.js';
import type { Store } from '../../../src/core/store/store.js';

/** What would take the place of the entry that the policy would evict; undefined: there is none. */
export function nextStub(store: Store, policy: VictimPolicy): Entry | undefined {
  const key = store.victim(policy, Math.random);
  return key === undefined ? undefined : stubOf(store.get(key)!);
}
