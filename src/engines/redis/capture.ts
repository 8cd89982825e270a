import { clientKeyOf } from '../../core/entry.js';
import type { Connection } from './connection.js';
import { idToKey } from './ledger.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import type { Scope } from './scope.js';
import { bufferOf, type Site } from './site.js';
import { isSame, type ReadValue, readValue, stateOfRead } from './state.js';

/** Keys in one call of the script: Redis does nothing else meanwhile. */
const KEYS_PER_CALL = 64;
const CALLS_PER_BATCH = 8;
export const KEYS_PER_BATCH = KEYS_PER_CALL * CALLS_PER_BATCH;
/** elsewhere: another server has the key, or is about to have it. */
type Found = ReadValue | null | 'elsewhere';
/** As much as an entry may hold. */
const VALUE_BYTES_MAX = 64 * 1024 * 1024;
const KEY_BYTES_MAX = 1024 * 1024;

/**
 * Reads keys that were reported as changed, and gives what changed a version. A key whose content is what the node knew (the
 * echo of an apply, a write of another database, a change back) changes nothing. Gives the number of keys.
 */
export async function captureBatch(site: Site, connection: Connection, scope: Scope): Promise<number> {
  const { events } = connection.evictions;
  const ids = takeDirty(site, scope);
  if (ids.length === 0) return 0;
  const keys = ids.map(idToKey);
  const reads = await readAll(
    connection,
    keys.map((key) => bufferOf(clientKeyOf(key))),
  );
  if (reads.some((read, i) => read === null && site.known(ids[i]!, keys[i]!) !== null)) await connection.refresh();
  await site.reached(connection);
  for (const [i, id] of ids.entries()) {
    const read = reads[i] ?? null;
    if (!scope.has(id)) {
      // Another server has it by now, which may have told more already.
      site.dirty.add(id);
      continue;
    }
    if (read === 'elsewhere') {
      site.wait(id);
      continue;
    }
    if (read !== null) connection.evictions.isPresent(id, events);
    captureOne(site, connection, id, read);
  }
  site.noteOverrides();
  site.port.changed();
  return ids.length;
}

/** Gives what was read a version, if it is not what the node knew. */
export function captureOne(site: Site, connection: Connection, id: string, read: ReadValue | null): void {
  const { ledger, port, counters } = site;
  const key = idToKey(id);
  if (isUnchanged(site, id, read)) {
    counters.unchanged++;
    return;
  }
  const isAsWanted =
    ledger.get(id) !== undefined && isSame(site.stateOfEntry(id, site.store.get(key)), stateOfRead(read), site.nowMs());
  if (isAsWanted) return ledger.settle(id);
  if (read === null) return captureMissing(site, connection, id);
  if (read.value.length > VALUE_BYTES_MAX || key.length > KEY_BYTES_MAX) {
    const bytes = read.value.length + key.length;
    return port.log('error', `${printable(key)} takes ${bytes} bytes, more than an entry holds: left out`);
  }
  site.capture(key, read.value, read.expiryMs, read.type);
}

// ---------------------------------------------------------------------------------------------------------------------

function foundOf(reply: RedisReply): Found {
  return reply instanceof RedisFailure ? 'elsewhere' : readValue(reply);
}

function takeDirty(site: Site, scope: Scope): string[] {
  const ids: string[] = [];
  for (const id of site.dirty) {
    if (ids.length === KEYS_PER_BATCH) break;
    if (!site.waiting.has(id) && scope.has(id)) ids.push(id);
  }
  for (const id of ids) site.dirty.delete(id);
  return ids;
}

async function readAll(connection: Connection, keys: readonly Buffer[]): Promise<Found[]> {
  const calls: Promise<Found[]>[] = [];
  for (let at = 0; at < keys.length; at += KEYS_PER_CALL) {
    calls.push(connection.read(keys.slice(at, at + KEYS_PER_CALL)).then((replies) => replies.map(foundOf)));
  }
  return (await Promise.all(calls)).flat();
}

function isUnchanged(site: Site, id: string, read: ReadValue | null): boolean {
  const key = idToKey(id);
  const isPlainString = read !== null && read.type === undefined && site.ledger.get(id) === undefined;
  if (isPlainString) return site.isKnownString(id, key, read);
  if (site.isAsKnown(id, key, stateOfRead(read))) return true;
  return read !== null && site.isRedump(id, key, read);
}

/** Not there, and not expired: deleted or evicted. */
function captureMissing(site: Site, connection: Connection, id: string): void {
  if (!connection.evictions.isEvicted(id)) return site.capture(idToKey(id), null, 0);
  site.counters.evicted++;
  site.ledger.set(id, { base: null, wanted: site.ledger.get(id)?.wanted ?? false });
}

function printable(key: Uint8Array): string {
  return JSON.stringify(bufferOf(clientKeyOf(key)).toString().slice(0, 100));
}
