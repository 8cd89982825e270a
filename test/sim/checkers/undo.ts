import { readSetAside, type SetAside } from '../../../src/core/membership/records.js';
import { BUCKETS, bytesToId } from '../../../src/core/model/bytes.js';
import type { Entry } from '../../../src/core/model/entry.js';
import { isLive } from '../../../src/core/model/entry.js';
import { PART } from '../../../src/core/model/parts.js';
import { isAfter, isSameVersion } from '../../../src/core/model/version.js';
import { isExpiring, looksSame } from '../content.js';
import { isEnded, isPart, kindOf, splitPart } from '../parts.js';
import type { SimNode } from '../sim-node.js';
import { show } from './vector.js';

/**
 * Notes what the undo of an incident has to bring back, and gives the check for when it is done: every key that still was
 * as the resolution left it shows what was set aside, deletes included.
 */
export function expectUndo(node: SimNode, incident: string): () => void {
  const store = node.disk.inner('data');
  const expected = new Map<string, { aside: SetAside; before: Entry | undefined }>();
  const asides = [...setAside(node, incident)].sort((a, b) => (isAfter(a, b) ? 1 : -1));
  const whole = new Set(asides.map(({ key }) => bytesToId(key)));
  for (const aside of asides) {
    if (
      isNumber(node, aside.key) ||
      hasParts(node, aside.key) ||
      (isPart(aside.key) && goesWithKey(node, aside, whole))
    )
      continue;
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
      // Written since, in parts.
      if (hasParts(node, aside.key)) continue;
      if (isExpiring(wanted, nowMs) || isExpiring(before, nowMs)) continue;
      const now = node.disk.inner('data').get(aside.key);
      const isUntouched = now === undefined || isSameVersion(now, before);
      if (!isUntouched || looksSame(now, wanted, nowMs) || (now === undefined && isLive(before, nowMs))) continue;
      const versions = `${show(aside)} was set aside, ${now === undefined ? 'nothing' : show(now)} is there`;
      node.world.fail('undo', `${node.name}: undo of ${incident} left ${id} as it was: ${versions}`);
    }
  };
}

/** What is left of a number is not one write, but the sum of all. */
function isNumber(node: SimNode, key: Uint8Array): boolean {
  if (isPart(key)) return kindOf(key) === 'count';
  const { owners } = node.disk.inner('data');
  return owners.get(key)?.lists[PART.count] !== undefined;
}

function hasParts(node: SimNode, key: Uint8Array): boolean {
  const lists = node.disk.inner('data').owners.get(key)?.lists ?? [];
  return !isPart(key) && lists.some((list) => list !== undefined && list.size > 0);
}

/** A part comes back with its key, or by itself if its key was not ended since. */
function goesWithKey(node: SimNode, aside: SetAside, whole: ReadonlySet<string>): boolean {
  const id = bytesToId(splitPart(aside.key).whole);
  return aside.ended === true || whole.has(id) || isEnded(node.disk.inner('data'), aside);
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
