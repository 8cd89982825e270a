import type { Bytes } from '../../../../core/model/bytes.js';
import type { Part } from '../../collection.js';
import type { Context } from '../../session.js';
import { setAt } from './members.js';

/**
 * Goes over the members of a set in batches, as steps (see slices.ts); where there is no set, over none. Other nodes' writes come in between
 * two batches of a large one: a member that is there throughout is met, and once. `take` returns whether it wants more, and may look at
 * other sets, as they are then.
 */
export function* walking(
  context: Context,
  key: Bytes,
  take: (members: readonly Part[]) => boolean,
): Generator<undefined, void> {
  const set = setAt(context, key);
  if (set === undefined) return;
  if (set.size <= BATCH) {
    take(Array.from({ length: set.size }, (_, place) => set.at(place)));
    return;
  }
  for (let cursor = 0; ; yield) {
    const scanned = setAt(context, key)?.scan(cursor, BATCH);
    if (scanned === undefined || !take(scanned.parts) || scanned.next === 0) return;
    cursor = scanned.next;
  }
}

// ---

const BATCH = 128;
