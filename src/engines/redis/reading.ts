import { heldExpiry } from '../../core/model/expiry.js';
import { VALUE_BYTES_MAX } from '../../core/model/limits.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import { hasFieldExpiries } from './collection-dump.js';
import type { Connection } from './connection.js';
import { isElsewhere, isOfKeyRights, isOfServer, reasonOf } from './failures.js';
import { LargeRead, sizeOf } from './large-entry.js';
import { idToKey } from './ledger.js';
import type { Again } from './left-out.js';
import { RedisFailure, type RedisReply } from './reply-parser.js';
import { clientBuffer, type Site } from './site.js';
import { readInSlices } from './sliced-read.js';
import { isFarValue, largeIn, type ReadValue, readValue } from './state.js';

/** Keys in one call of the script: Redis does nothing else meanwhile. */
const KEYS_PER_CALL = 64;
const CALLS_PER_BATCH = 8;
/** Bytes of values in one call; a value that takes more is read alone. */
const BYTES_PER_CALL = 1 << 20;
/** Bytes of values that are known to be long, in a batch; one of them may be longer. */
const LONG_BYTES_PER_BATCH = 4 << 20;
/** Values from here on are read by what they take. */
const LONG_BYTES = 1 << 16;
const LONG_KEY_BYTES = 1 << 12;
/** If so many keys fail together, and all of them, it is the server. */
const FAILURES_OF_SERVER = 8;

/**
 * elsewhere: another server has the key, or is about to have it. later: the batch is full. A reason: why it cannot be read.
 */
export type Found = ReadValue | null | 'elsewhere' | 'later' | Unreadable;

interface Unreadable {
  readonly reason: string;
  readonly again: Again;
}

export function isRead(found: Found): found is ReadValue {
  return found !== null && typeof found !== 'string' && !('reason' in found);
}

/**
 * Of the keys in `ids`, those that make a batch. What is known to be long counts by its bytes, and makes batches of its own, in
 * turns with those of the others: a short value that is written meanwhile waits for one of them at most.
 */
export function batchOf(site: Site, ids: Iterable<string>, mayReadLong = true): string[] {
  const calls = Math.max(1, Math.min(CALLS_PER_BATCH, Math.floor(site.batch.bytes / BYTES_PER_CALL)));
  const bytesMax = Math.min(LONG_BYTES_PER_BATCH, site.batch.bytes);
  const [short, long] = [new Batch(bytesMax), new Batch(bytesMax)];
  for (const id of ids) {
    if (short.ids.length === KEYS_PER_CALL * calls) break;
    const bytes = site.longValues.get(id) ?? 0;
    if (bytes === 0 || mayReadLong) (bytes === 0 ? short : long).add(id, bytes);
  }
  const isLong = long.ids.length > 0 && (site.areLongNext || short.ids.length === 0);
  site.areLongNext = !isLong && long.ids.length > 0;
  if (isLong) site.longReadMs = site.ports.monoMs();
  return site.leftOut.together(isLong ? long.ids : short.ids, (id) => id);
}

class Batch {
  readonly ids: string[] = [];
  private bytes = 0;

  constructor(private readonly bytesMax: number) {}

  /** Leaves it out if it does not fit. One may be longer than all that fits. */
  add(id: string, valueBytes: number): void {
    const size = valueBytes + (id.length < LONG_KEY_BYTES ? 0 : id.length);
    if (size > 0 && this.bytes > 0 && this.bytes + size > this.bytesMax) return;
    this.bytes += size;
    this.ids.push(id);
  }
}

/** Reads the values of keys, as many of them as a batch may hold. */
export async function readKeys(site: Site, connection: Connection, ids: readonly string[]): Promise<Found[]> {
  const found = new Map<string, Found>();
  const calls = callsOf(site, ids);
  connection.working = { ids, way: 'from-redis' };
  const startedMs = site.ports.monoMs();
  const large = new Map<string, CollectionShape>();
  await Promise.all(calls.map((call) => readCall(site, connection, call, { found, large })));
  const slicedMs = site.ports.monoMs();
  for (const [id, read] of await readInSlices(site, connection, large))
    found.set(id, read === 'whole' ? await readWhole(site, connection, id) : largeFound(site, id, read));
  if (ids.some((id) => site.longValues.has(id))) site.readLong(slicedMs - startedMs, site.ports.monoMs() - slicedMs);
  connection.working = null;
  site.leftOut.acquit(ids);
  return ids.map((id) => found.get(id) ?? null);
}

// ---------------------------------------------------------------------------------------------------------------------

/** Short values go by number, long ones by their bytes. */
function callsOf({ longValues, batch }: Site, ids: readonly string[]): string[][] {
  if (longValues.size === 0) return chunksOf(ids);
  const calls = chunksOf(ids.filter((id) => !longValues.has(id)));
  let bytes = Number.POSITIVE_INFINITY;
  for (const id of ids) {
    const size = longValues.get(id);
    if (size === undefined) continue;
    if (bytes + size > Math.min(BYTES_PER_CALL, batch.bytes)) {
      calls.push([]);
      bytes = 0;
    }
    calls.at(-1)!.push(id);
    bytes += size;
  }
  return calls;
}

function chunksOf(ids: readonly string[]): string[][] {
  const chunks: string[][] = [];
  for (let at = 0; at < ids.length; at += KEYS_PER_CALL) chunks.push(ids.slice(at, at + KEYS_PER_CALL));
  return chunks;
}

async function readCall(
  site: Site,
  connection: Connection,
  ids: readonly string[],
  { found, large }: { found: Map<string, Found>; large: Map<string, CollectionShape> },
): Promise<void> {
  const keys = ids.map((id) => clientBuffer(idToKey(id)));
  const bytes = ids.length === 1 ? VALUE_BYTES_MAX : Math.min(BYTES_PER_CALL, site.batch.bytes);
  const replies = await connection.read(keys, bytes, site.largeFrom);
  checkServer(replies);
  for (const [i, id] of ids.entries()) {
    const reply = replies[i];
    const collection = largeIn(reply);
    if (collection !== null) {
      large.set(id, collection.shape);
      continue;
    }
    const one = foundOf(site, id, reply);
    // A script knows no integer beyond 53 bits. What was changed since is reported, and read again.
    const isFar = isFarValue(reply) && one !== null && typeof one !== 'string' && 'value' in one;
    found.set(id, isFar ? await withExactExpiry(connection, keys[i]!, one) : one);
  }
}

/** A large collection, which its slices do not tell. */
async function readWhole(site: Site, connection: Connection, id: string): Promise<Found> {
  const [reply] = await connection.read([clientBuffer(idToKey(id))], VALUE_BYTES_MAX, Number.MAX_SAFE_INTEGER);
  const found = foundOf(site, id, reply);
  if (found === null || (isRead(found) && !hasFieldExpiries(found.value))) connection.withFieldExpiries.delete(id);
  return found;
}

function largeFound(site: Site, id: string, read: LargeRead | null | RedisFailure): Found {
  if (read instanceof LargeRead && sizeOf(read) > VALUE_BYTES_MAX)
    return { reason: tooLarge(sizeOf(read)), again: 'when-changed' };
  return foundOf(site, id, read);
}

async function withExactExpiry(connection: Connection, key: Buffer, read: ReadValue): Promise<ReadValue> {
  const exact = await connection.send('PEXPIRETIME', key);
  return typeof exact === 'bigint' ? { ...read, expiryMs: heldExpiry(exact) } : read;
}

/** Throws what every key has met. */
function checkServer(replies: readonly RedisReply[]): void {
  const [first] = replies;
  if (replies.length < FAILURES_OF_SERVER || !(first instanceof RedisFailure)) return;
  if (isElsewhere(first) || isOfKeyRights(first)) return;
  if (replies.every((reply) => reply instanceof RedisFailure)) throw first;
}

function foundOf(site: Site, id: string, reply: RedisReply | LargeRead | undefined): Found {
  if (reply instanceof RedisFailure) {
    if (isElsewhere(reply)) return 'elsewhere';
    if (isOfServer(reply)) throw reply;
    return { reason: reasonOf(reply), again: 'later' };
  }
  if (typeof reply === 'number') return postponed(site, id, reply);
  const read = reply instanceof LargeRead ? reply : readValue(reply);
  if (read === null || sizeOf(read) < LONG_BYTES) site.longValues.delete(id);
  else site.longValues.set(id, sizeOf(read));
  return read;
}

/** 0: the call was full before it came to it. */
function postponed(site: Site, id: string, bytes: number): Found {
  if (bytes > VALUE_BYTES_MAX) return { reason: tooLarge(bytes), again: 'when-changed' };
  if (bytes > 0) site.longValues.set(id, bytes);
  return 'later';
}

function tooLarge(bytes: number): string {
  return `its value takes ${bytes} bytes, an entry holds ${VALUE_BYTES_MAX}`;
}
