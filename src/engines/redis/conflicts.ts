import { clientKeyOf } from '../../core/entry.js';
import { captureOne } from './capture.js';
import type { Connection } from './connection.js';
import { idToKey } from './ledger.js';
import { RedisFailure } from './reply-parser.js';
import type { Scope } from './scope.js';
import { bufferOf, type Site } from './site.js';
import { isSame, type ReadValue, readValue, stateOfRead } from './state.js';

const KEYS_PER_STEP = 64;

/**
 * Settles keys that Redis and the cluster hold otherwise: what is overridden is read and set aside, in one journal frame with
 * what makes it so. A key that the application writes meanwhile is left to the capture, which sets the cluster's value aside.
 * Gives whether there was something to do.
 */
export async function settleConflicts(site: Site, connection: Connection, scope: Scope): Promise<boolean> {
  const ids = nextOf(site, scope);
  if (ids.length === 0) return false;
  const replies = await connection.read(ids.map((id) => bufferOf(clientKeyOf(idToKey(id)))));
  await site.reached(connection);
  for (const [i, id] of ids.entries()) {
    const reply = replies[i];
    if (reply instanceof RedisFailure) site.waiting.add(id);
    if (reply instanceof RedisFailure || site.dirty.has(id)) continue;
    if (site.conflicts.get(id) === 'redis') takeRedis(site, connection, id, readValue(reply));
    else takeCluster(site, id, readValue(reply));
    site.conflicts.delete(id);
  }
  site.noteOverrides();
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

function takeCluster(site: Site, id: string, read: ReadValue | null): void {
  const key = idToKey(id);
  const entry = site.store.get(key);
  const state = stateOfRead(read);
  const isEqual = isSame(site.stateOfEntry(id, entry), state, site.nowMs());
  if (isEqual || (read !== null && site.isRedump(id, key, read))) return site.ledger.settle(id);
  if (read !== null) site.overrides('attach').setAside({ key, ...read }, 'store', entry ?? null);
  site.ledger.set(id, { base: state, wanted: true });
}

function takeRedis(site: Site, connection: Connection, id: string, read: ReadValue | null): void {
  const isNewer = site.ledger.get(id)?.wanted === true;
  if (read !== null) captureOne(site, connection, id, read);
  else if (isNewer) site.ledger.set(id, { base: null, wanted: true });
  else site.capture(idToKey(id), null, 0);
}
