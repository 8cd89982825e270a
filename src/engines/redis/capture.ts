import { KEY_BYTES_MAX } from '../../core/model/limits.js';
import { apartOf, captureEmpty, captureParts, lacksElements, settleParts } from './capture-parts.js';
import { COLLECTION_TYPES } from './collection-dump.js';
import type { Recognised } from './comparison.js';
import type { Connection } from './connection.js';
import type { FateBefore, Sight } from './evictions.js';
import { LargeRead } from './large-entry.js';
import { idToKey } from './ledger.js';
import { madeAt, outrunOf } from './outrun.js';
import { prepare } from './prepared.js';
import { batchOf, type Found, isRead, readKeys } from './reading.js';
import type { Scope } from './scope.js';
import type { Made, Site } from './site.js';
import { rest } from './slices.js';
import { isSame, type ReadValue } from './state.js';
import type { Waited } from './waiting-keys.js';

/**
 * Reads keys that were reported as changed, and gives what changed a version. A key whose content is what the node knew (the
 * echo of an apply, a write of another database, a change back) changes nothing. Returns the number of keys.
 */
export async function captureBatch(site: Site, connection: Connection, scope: Scope): Promise<number> {
  const { evictions } = connection;
  const ids = dirtyOf(site, scope);
  if (ids.length === 0) return 0;
  const waits = ids.map((id) => site.dirty.take(id));
  const sight = evictions.sightOf(ids);
  const reads = await valuesOf(site, connection, ids);
  await prepare(site, ids, reads);
  const mayBeNews = (id: string): boolean =>
    site.comparison.known(id, idToKey(id)) !== null || evictions.wasSetSince(id, sight);
  const isMissing = reads.some((read, i) => read === null && mayBeNews(ids[i]!));
  if (isMissing || (await areElementsMissing(site, ids, reads))) await connection.refresh();
  const mayBeOld = reads.map((read) => read === null || (isRead(read) && isInElements(site, read)));
  const outrun = await outrunOf(site, connection, ids, waits, (i) => mayBeOld[i]!);
  await site.reached(connection);
  const unfinished: Unfinished[] = [];
  site.unfinished.clear();
  site.ledger.together(() => {
    for (const [i, id] of ids.entries()) {
      const read = reads[i]!;
      // Another server has it by now, which may have told more already; or the batch was full.
      if (!scope.has(id) || read === 'later') site.dirty.putBack(id, waits[i]!);
      else if (read === null && isGoneInResolution(site, waits[i]!)) site.dirty.addFound(id, waits[i]!.found!.after);
      else if (!outrun.has(id) || !site.dirty.has(id)) {
        const made = madeAt(site, waits[i]!, mayBeOld[i]!);
        const age = { isOutrun: outrun.has(id), made, fate: fateBefore(connection, id, sight, waits[i]!) };
        const take = (): void => takeRead(site, connection, id, read, sight, age);
        take();
        if (site.unfinished.has(id))
          unfinished.push({ take: () => scope.has(id) && take(), changesMax: changesMax(read) });
      } else if (mayBeOld[i] === true && waits[i]!.found !== null) site.dirty.mayBeOld(id, waits[i]!.found!.after);
    }
  });
  site.asides.note();
  site.port.changed();
  await captureRest(site, unfinished);
  return ids.length;
}

/** How old a change is that was read. */
interface Age {
  /** Others have changed the key since: see {@link outrunOf}. */
  readonly isOutrun: boolean;
  readonly made: Made | null;
  readonly fate: FateBefore;
}

/** Gives what was read a version, if it is not what the node knew. */
export function captureOne(
  site: Site,
  connection: Connection,
  id: string,
  read: ReadValue | null,
  sight: Sight,
  age: Age = { isOutrun: false, made: null, fate: null },
): void {
  const { ledger, counters } = site;
  const key = idToKey(id);
  if (read !== null && key.length - 1 > KEY_BYTES_MAX)
    return site.leaveOut(
      id,
      `the key takes ${key.length - 1} bytes, an entry's holds ${KEY_BYTES_MAX}`,
      'when-changed',
    );
  site.leftOut.passed(id);
  const found = recognised(site, id, read);
  if (found === 'entry') {
    ledger.settle(id);
    site.held.delete(id);
    if (read?.type !== undefined) settleParts(site, id, read);
  }
  if (found === 'entry' && read === null) {
    site.noteGone(id, key);
    connection.evictions.isOver(id, sight);
  }
  const isGoneAnew =
    found === 'base' &&
    read === null &&
    (wasSetSince(site, connection, id, sight) || isFlushedEvicted(site, connection, id));
  if (found !== 'other' && !isGoneAnew) {
    counters.unchanged++;
    if (read === null) ledger.noteGone(id);
    return;
  }
  if (connection.position !== null) site.unreplicated.captured(connection.position, id);
  if (read === null) return captureMissing(site, connection, id, sight, age);
  const collection = apartOf(site, id, read);
  if (collection !== null && connection.scan?.postpones(id) === true) return;
  if (collection !== null) return captureParts(site, id, read, collection, age);
  if (age.isOutrun) return void site.conflicts.set(id, 'cluster');
  site.capture(key, read.value, read.expiryMs, read.type, age.made);
}

// ---------------------------------------------------------------------------------------------------------------------

/** Of one key, before others are read; and what share of its elements, so that they are not read over and over. */
const CHANGES_MAX = 1 << 16;
const CHANGES_SHARE = 0.25;

/** A key of which not all changes were captured. */
interface Unfinished {
  /** Captures some more. */
  readonly take: () => void;
  readonly changesMax: number;
}

function changesMax(read: Found): number {
  return read instanceof LargeRead ? Math.max(CHANGES_MAX, CHANGES_SHARE * read.collection.elements.size) : CHANGES_MAX;
}

/**
 * What has more changes than may be captured in one go, in slices: nothing is written to Redis meanwhile, so what was read is what it had.
 * Such a key is read once more in the end.
 */
async function captureRest(site: Site, unfinished: readonly Unfinished[]): Promise<void> {
  for (const { take, changesMax } of unfinished) {
    for (let changes = 0; changes < changesMax; ) {
      await rest(site.ports);
      if (!site.port.isReady()) return;
      site.unfinished.clear();
      site.ledger.together(take);
      site.asides.note();
      site.port.changed();
      if (site.unfinished.size === 0) break;
      for (const count of site.unfinished.values()) changes += count;
    }
  }
}

async function areElementsMissing(site: Site, ids: readonly string[], reads: readonly Found[]): Promise<boolean> {
  for (const [i, read] of reads.entries())
    if (isRead(read) && isInElements(site, read) && (await lacksElements(site, ids[i]!, read))) return true;
  return false;
}

/** What was reported of a collection is one of its elements: the others may be as old as what a scan finds. */
function isInElements({ port }: Site, { type }: ReadValue): boolean {
  return type !== undefined && COLLECTION_TYPES.includes(type) && port.takesParts();
}

/** A key that was set anew after an eviction lacks what it had before, and nobody has taken that away. */
function fateBefore({ evictions, scan }: Connection, id: string, sight: Sight, { found }: Waited): FateBefore {
  const fate = evictions.fateBefore(id, sight);
  return fate === null && scan?.mayBeEvicted(id, found !== null) === true ? 'unknown' : fate;
}

/** What the server tells of by itself has not to be read. */
async function valuesOf(site: Site, connection: Connection, ids: readonly string[]): Promise<Found[]> {
  // The stream and the events have no order: what it told of a key that was evicted may be older than that.
  const told = ids.map((id) => (connection.evictions.isNamed(id) ? undefined : connection.told(id)));
  if (told.every((value) => value === undefined)) return readKeys(site, connection, ids);
  const unknown = ids.filter((_, i) => told[i] === undefined);
  // Where no answer is waited for, others have their turn all the same.
  if (unknown.length === 0) await rest(site.ports);
  const reads = unknown.length === 0 ? [] : await readKeys(site, connection, unknown);
  let next = 0;
  return told.map((value) => value ?? reads[next++]!);
}

function takeRead(
  site: Site,
  connection: Connection,
  id: string,
  read: Exclude<Found, 'later'>,
  sight: Sight,
  age: Age,
): void {
  if (read === 'elsewhere') site.wait(id);
  else if (read !== null && 'reason' in read) site.leaveOut(id, read.reason, read.again);
  else {
    connection.scan?.looked(id);
    if (read !== null) connection.evictions.isOver(id, sight);
    if (read !== null) connection.flush?.seen.add(id);
    captureOne(site, connection, id, read, sight, age);
  }
}

/** Whether a key that is missing was set after its eviction. */
function wasSetSince({ ledger }: Site, { evictions }: Connection, id: string, sight: Sight): boolean {
  // The stream tells of a delete also where a key expired: it says something only of one that was missing already.
  const wasEvicted = evictions.isOrdered || ledger.get(id)?.wanted === false;
  return wasEvicted && evictions.wasSetSince(id, sight);
}

function dirtyOf(site: Site, scope: Scope): string[] {
  return batchOf(site, readable(site, scope), site.longValues.size === 0 || site.mayReadLong());
}

function* readable(site: Site, scope: Scope): Iterable<string> {
  const { dirty, waiting } = site;
  for (const id of dirty) if (!waiting.has(id) && scope.has(id) && !waitsForResolution(site, id)) yield id;
}

/** A resolution may have to wait for members that come and go. */
const RESOLUTION_MS_MAX = 10_000;

/**
 * What a scan has found is older than its read. While a resolution is under way it would get a time beyond the fence, and override what the
 * other islands have written since and this node has yet to get: nobody would set that aside.
 */
function waitsForResolution({ dirty, port }: Site, id: string): boolean {
  const found = dirty.foundOf(id);
  return found !== null && found.waitedMs < RESOLUTION_MS_MAX && port.earlier.isFenced(found.after);
}

/** Reported, and missing: that may have been so for as long as what a scan finds. */
function isGoneInResolution({ dirty, port }: Site, { found, reportedMs }: Waited): boolean {
  if (found === null || !found.isReported || dirty.agoMs(reportedMs) >= RESOLUTION_MS_MAX) return false;
  return port.earlier.isFenced(found.after);
}

function recognised(site: Site, id: string, read: ReadValue | null): Recognised {
  const key = idToKey(id);
  const isPlainString = read !== null && read.type === undefined && site.ledger.get(id) === undefined;
  if (isPlainString) return site.comparison.isKnownString(id, key, read) ? 'entry' : 'other';
  return site.comparison.recognise(id, key, read);
}

/** What Redis evicted is deleted with all the rest: the others have it still. */
function isFlushedEvicted(site: Site, connection: Connection, id: string): boolean {
  return site.ledger.get(id)?.wanted === false && isFlushed(site, connection, id);
}

/** What was there since the flush went missing in another way. */
function isFlushed(site: Site, { flush }: Connection, id: string): boolean {
  if (flush === null || flush.seen.has(id)) return false;
  return site.ledger.get(id)?.wanted === true || (site.store.get(idToKey(id))?.hlc ?? 0) < flush.time;
}

/** Held because its Redis may have lost it: what was there instead was older, and has expired since. Returns whether it stays held. */
function staysHeld(site: Site, id: string): boolean {
  const state = site.held.get(id);
  if (state === undefined || !isSame(state, null, site.nowMs())) return false;
  site.held.set(id, null);
  return true;
}

/** Not there, and not expired: deleted or evicted. */
function captureMissing(site: Site, connection: Connection, id: string, sight: Sight, { isOutrun, made }: Age): void {
  if (connection.scan?.holdsMissing(id) === true || staysHeld(site, id)) return;
  if (isFlushed(site, connection, id)) return site.captureFlush(idToKey(id), connection.flush!.time);
  const fate = connection.evictions.fateOf(id, sight);
  if (fate === 'deleted' && captureEmpty(site, id, made)) return;
  if (fate === 'deleted' && isOutrun) return void site.conflicts.set(id, 'cluster');
  if (fate === 'deleted') return site.capture(idToKey(id), null, 0, undefined, made);
  site.counters.evicted++;
  site.missing(id, fate);
}
