import type { Entry } from '../../core/model/entry.js';
import { asideBytes } from '../../core/resolution/aside-room.js';
import { captureOne } from './capture.js';
import { apartOf } from './capture-parts.js';
import type { Connection } from './connection.js';
import { sizeOf } from './large-entry.js';
import { idToKey } from './ledger.js';
import { setAsideElements } from './part-asides.js';
import { prepare } from './prepared.js';
import { batchOf, readKeys } from './reading.js';
import type { Scope } from './scope.js';
import type { Site } from './site.js';
import { asBaseOfRead, type ReadValue } from './state.js';

const KEYS_PER_STEP = 64;

/**
 * Settles keys that Redis and the cluster hold otherwise: what is overridden is read and set aside, in one journal frame with
 * what makes it so. A key that the application writes meanwhile is left to the capture, which sets the cluster's value aside.
 * Returns whether there was something to do.
 */
export async function settleConflicts(site: Site, connection: Connection, scope: Scope): Promise<boolean> {
  // Where there is no room they stay as they are on both sides.
  const ids = withRoom(site, batchOf(site, nextOf(site, scope)));
  if (ids.length === 0) return false;
  const reads = await readKeys(site, connection, ids);
  await prepare(site, ids, reads);
  // What the application has written since is later, and stands: by now it is known to be dirty.
  await Promise.all([site.reached(connection), connection.fence()]);
  for (const [i, id] of ids.entries()) {
    const read = reads[i]!;
    if (read === 'elsewhere') site.waiting.add(id);
    if (read === 'elsewhere' || read === 'later' || site.dirty.has(id)) continue;
    // What cannot be set aside is not overridden either.
    if (read !== null && 'reason' in read) site.leaveOut(id, read.reason, read.again);
    else if (site.conflicts.get(id) === 'redis') takeRedis(site, connection, id, read);
    else takeCluster(site, id, read);
    site.conflicts.delete(id);
  }
  site.asides.note();
  site.port.changed();
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------

function nextOf({ conflicts, dirty, waiting }: Site, scope: Scope): string[] {
  const ids: string[] = [];
  for (const id of conflicts.keys()) {
    if (ids.length === KEYS_PER_STEP) break;
    if (!dirty.has(id) && !waiting.has(id) && scope.has(id)) ids.push(id);
  }
  return ids;
}

/** The first of them, as many as may be set aside. What the node has is known; what Redis has is as long, as far as anybody knows. */
function withRoom(site: Site, ids: readonly string[]): readonly string[] {
  if (ids.length === 0) return ids;
  const room = site.asides.of(site.conflictKind);
  let [bytes, entries] = [0, 0];
  site.asides.lack = null;
  for (const [before, id] of ids.entries()) {
    entries += 1 + (site.store.collectionAt(idToKey(id))?.elements.size ?? 0);
    bytes += asideBytes(id.length, sizeOf(site.store.get(idToKey(id))));
    site.asides.lack = room.lackFor({ entries, bytes });
    if (site.asides.lack !== null) return ids.slice(0, before);
  }
  return ids;
}

function takeCluster(site: Site, id: string, read: ReadValue | null): void {
  const key = idToKey(id);
  const entry = site.store.get(key);
  // The cluster has no value of its own that could stand: this one is as good as new.
  if (entry?.evicted === true && read !== null) return void site.dirty.add(id);
  const found = site.comparison.recognise(id, key, read);
  if (found === 'entry') return site.ledger.settle(id);
  if (found === 'base') return;
  const overridden = read ?? (site.isAttached ? DELETED : null);
  if (overridden !== null) setAside(site, id, overridden, entry);
  site.ledger.set(id, { bases: [asBaseOfRead(read)], wanted: true });
}

/** Element by element, where both are collections of one kind. */
function setAside(site: Site, id: string, overridden: typeof DELETED | ReadValue, entry: Entry | undefined): void {
  const key = idToKey(id);
  const overrides = site.asides.of(site.conflictKind);
  const own = site.store.collectionAt(key);
  const read = overridden.value === null ? null : apartOf(site, id, overridden);
  if (own !== undefined && read?.shape === own.shape)
    return setAsideElements(overrides, key, read, own, (place) => site.store.partAt(place));
  // Its parts stand, and no value of its own.
  const standing = entry === undefined || own === undefined ? entry : { ...entry, value: null };
  const { value, expiryMs, type } = overridden;
  overrides.setAside({ key, value, expiryMs, type }, 'store', standing ?? null);
}

const DELETED = { value: null, expiryMs: 0, type: undefined } as const;

function takeRedis(site: Site, connection: Connection, id: string, read: ReadValue | null): void {
  const isNewer = site.ledger.get(id)?.wanted === true;
  if (read !== null) captureOne(site, connection, id, read, connection.evictions.sightOf([]));
  else if (isNewer) site.ledger.set(id, { bases: [null], wanted: true });
  else site.capture(idToKey(id), null, 0);
}
