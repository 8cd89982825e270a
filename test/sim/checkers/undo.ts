import { readSetAside, type SetAside } from '../../../src/core/membership/records.js';
import { BUCKETS, bytesToId } from '../../../src/core/model/bytes.js';
import type { Entry } from '../../../src/core/model/entry.js';
import { isLive } from '../../../src/core/model/entry.js';
import { isAfter, isSameVersion } from '../../../src/core/model/version.js';
import { isExpiring, looksSame } from '../content.js';
import type { SimNode } from '../sim-node.js';

/**
 * Notes what the undo of an incident has to bring back, and gives the check for when it is done: every key that still was
 * as the resolution left it shows what was set aside, deletes included.
 */
export function expectUndo(node: SimNode, incident: string): () => void {
  const store = node.disk.inner('data');
  const expected = new Map<string, { aside: SetAside; before: Entry | undefined }>();
  const asides = [...setAside(node, incident)].sort((a, b) => (isAfter(a, b) ? 1 : -1));
  for (const aside of asides) {
    const before = store.get(aside.key);
    const stands =
      before === undefined
        ? aside.stoodValue !== true
        : aside.standing !== null && isSameVersion(before, aside.standing);
    if (stands && aside.evicted !== true) expected.set(bytesToId(aside.key), { aside, before });
    else if (stands) expected.delete(bytesToId(aside.key));
  }
  return () => {
    const nowMs = node.wallMs;
    for (const [id, { aside, before }] of expected) {
      const wanted: Entry = aside;
      if (isExpiring(wanted, nowMs) || isExpiring(before, nowMs)) continue;
      const now = node.disk.inner('data').get(aside.key);
      const isUntouched = now === undefined || isSameVersion(now, before);
      if (!isUntouched || looksSame(now, wanted, nowMs) || (now === undefined && isLive(before, nowMs))) continue;
      node.world.fail('undo', `${node.name}: undo of ${incident} left ${id} as it was`);
    }
  };
}

function* setAside(node: SimNode, incident: string): Generator<SetAside> {
  const store = node.disk.inner('system');
  const nowMs = node.wallMs;
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    for (const entry of store.bucket(bucket)) {
      const aside = isLive(entry, nowMs) ? readSetAside(entry, incident) : null;
      if (aside !== null) yield aside;
    }
  }
}
