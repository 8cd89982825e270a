import { clientKeyOf } from '../../core/entry.js';
import { captureOne } from './capture.js';
import type { Connection } from './connection.js';
import { idToKey } from './ledger.js';
import { bufferOf, type Site } from './site.js';
import { isSame, type ReadValue, readValue, stateOfRead } from './state.js';

const KEYS_PER_STEP = 64;

/**
 * Settles keys that Redis and the cluster hold otherwise: what is overridden is read and set aside, in one journal frame with
 * what makes it so. A key that the application writes meanwhile is left to the capture, which sets the cluster's value aside.
 * Gives whether there was something to do.
 */
export async function settleConflicts(site: Site, connection: Connection): Promise<boolean> {
  const ids = nextOf(site);
  if (ids.length === 0) return false;
  const replies = await connection.read(ids.map((id) => bufferOf(clientKeyOf(idToKey(id)))));
  for (const [i, id] of ids.entries()) {
    if (site.dirty.has(id)) continue;
    if (site.conflicts.get(id) === 'redis') takeRedis(site, connection, id, readValue(replies[i]));
    else takeCluster(site, id, readValue(replies[i]));
    site.conflicts.delete(id);
  }
  site.noteOverrides();
  if (site.conflicts.size === 0) tell(site);
  site.port.changed();
  return true;
}

// ---------------------------------------------------------------------------------------------------------------------

function nextOf({ conflicts, dirty }: Site): string[] {
  const ids: string[] = [];
  for (const id of conflicts.keys()) {
    if (ids.length === KEYS_PER_STEP) break;
    if (!dirty.has(id)) ids.push(id);
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

function tell(site: Site): void {
  const { incident, count } = site.overrides('attach');
  if (incident === null) return;
  const message = `${count} values that ${site.target.label} and the cluster held otherwise were set aside`;
  site.port.log('warn', `${message}: see mneme split-brain show ${incident}`);
}
