import type { Bytes } from '../../core/model/bytes.js';
import { clientKeyOf, type Entry } from '../../core/model/entry.js';
import { exactExpiry } from '../../core/model/expiry.js';
import { hasFieldExpiries } from './collection-dump.js';
import type { Connection } from './connection.js';
import { readableDump } from './dump-version.js';
import { type ElementWrite, elementBytesOf, elementWriteOf } from './element-writes.js';
import { reasonOf } from './failures.js';
import { isThere, LargeEntry, sizeOf } from './large-entry.js';
import { idToKey } from './ledger.js';
import type { Argument } from './redis-client.js';
import type { RedisFailure, RedisReply } from './reply-parser.js';
import type { Scope } from './scope.js';
import { readsDump, type ServerInfo } from './server-info.js';
import { bufferOf, type Site } from './site.js';
import { largeIn, readLook, type State } from './state.js';

/** A write to Redis of what the node has from elsewhere. */
export interface Write {
  readonly id: string;
  readonly key: Bytes;
  /** As it is written; undefined or a tombstone: a delete. */
  readonly entry: Entry | undefined;
  /** Instead: those of its elements that are to change. */
  readonly elements?: ElementWrite;
}

/**
 * From here on Redis may hold these, whatever becomes of the node, the connection or the server: resolves once the disk knows
 * of it. What replaces one of the entries meanwhile notes that it may be there.
 */
export function announce(site: Site, writes: readonly Write[]): Promise<void> {
  site.ledger.together(() => {
    for (const { id, elements } of writes) {
      if (elements?.partly == null) site.ledger.sending(id);
      else site.ledger.sendingSome(id, elements.partly);
    }
  });
  const durable = site.port.durable();
  // Redis is asked meanwhile, and whoever asks may hear of a failure there first.
  durable.catch(() => {});
  return durable;
}

/**
 * Of keys that wait, or of these, large collections are brought up to date in slices, so that nobody who asks for one next has to wait. To be
 * called before what happens together.
 */
export async function prepareWrites(site: Site, ids: Iterable<string> = waitingIds(site)): Promise<void> {
  const behind = [...ids].filter((id) => site.store.isBehind(idToKey(id), site.ports));
  for (const id of behind) await site.store.prepare(idToKey(id), site.ports);
}

const PREPARED_MAX = 16;

function* waitingIds({ ledger }: Site): Iterable<string> {
  let left = PREPARED_MAX;
  for (const { id } of ledger.waiting) {
    if (left-- === 0) return;
    yield id;
  }
}

/** Where some were refused, as by a Redis that is full, so many more are looked through for deletes. */
const LOOKED_THROUGH = 4;
/** Each batch waits for a sync of the disk. */
const NEW_KEYS_MAX = 1024;

/**
 * Up to `limit` writes that wait, the oldest first, as many as a batch may hold by their bytes; more, where the first is of a key
 * that Redis lacks: each of those is its own. Where Redis refuses some, deletes go first and alone: they make room. What the application
 * may have changed waits until that is read. So it does not of a collection, whose elements are written, or it would wait for ever where
 * the application goes on changing others; unless a scan is about to compare it.
 */
export function chooseWrites(site: Site, { scan }: Pick<Connection, 'scan'>, scope: Scope, limit: number): Write[] {
  const { ledger, dirty, held, conflicts, leftOut, waiting, store } = site;
  const isSkipped = (id: string): boolean =>
    held.has(id) || conflicts.has(id) || waiting.has(id) || leftOut.holds(id) || !scope.has(id);
  const isRefusing = leftOut.count('to-redis') > 0;
  const nowMs = site.nowMs();
  const candidates: Write[] = [];
  let [looked, bytes, changes, most] = [0, 0, 0, limit];
  for (const { id } of ledger.waiting) {
    if (looked >= most * (isRefusing ? LOOKED_THROUGH : 1)) break;
    if (isSkipped(id) || (scan !== null && dirty.has(id))) continue;
    looked++;
    const key = idToKey(id);
    const entry = store.get(key);
    const elements = scan === null ? elementWriteOf(site, { id, key, entry }) : null;
    if (elements === null && dirty.has(id)) continue;
    const size = elements === null ? sizeOf(entry) : elementBytesOf(elements);
    if (size > 0 && bytes > 0 && bytes + size > site.batch.bytes) continue;
    bytes += size;
    const write = elements === null ? { id, key, entry } : { id, key, entry, elements };
    candidates.push(write);
    if (looked === 1 && isForNothing(site, write, nowMs)) most = NEW_KEYS_MAX;
    changes += elements?.changes.size ?? 0;
    if (changes >= site.ports.slices.writes) break;
  }
  const deletes = isRefusing ? candidates.filter(({ entry }) => !isThere(entry, nowMs)) : [];
  const chosen = deletes.length > 0 ? deletes.slice(0, limit) : candidates.slice(0, most);
  return leftOut.together(chosen, ({ id }) => id);
}

/**
 * Whether a string is to be written where Redis has nothing: SET with NX compares and sets by itself, at a third of what a
 * transaction over WATCH takes, and unlike a script it is not reported to its own connection.
 */
function isForNothing({ ledger }: Site, { id, entry }: Write, nowMs: number): boolean {
  if (!isThere(entry, nowMs) || entry.type !== undefined) return false;
  const difference = ledger.get(id);
  return difference?.bases.length === 1 && difference.bases[0] === null && difference.isUnsure !== true;
}

/** new: see {@link isForNothing}. elements: those of collections that are to change. known: all else. */
export type Kind = 'new' | 'elements' | 'known';

/** Those that are written as the first of them is. The others are the first ones next. */
export function ofOneKind(site: Site, writes: Write[]): { writes: Write[]; kind: Kind } {
  const nowMs = site.nowMs();
  const kindOf = (write: Write): Kind =>
    write.elements !== undefined ? 'elements' : isForNothing(site, write, nowMs) ? 'new' : 'known';
  const kind = writes.length > 0 ? kindOf(writes[0]!) : 'known';
  return { writes: writes.filter((write) => kindOf(write) === kind), kind };
}

/** What Redis is to do. The bytes are empty for DEL. */
export interface Command {
  readonly name: 'DEL' | 'SET' | 'RESTORE';
  readonly key: Buffer;
  readonly bytes: Buffer;
  /** Unix time in milliseconds; "0": never. */
  readonly expiry: string;
}

/** How a server is told to hold what the node has. */
export function commandOf({ key, entry }: Write, nowMs: number, server: ServerInfo): Command {
  const clientKey = bufferOf(clientKeyOf(key));
  if (!isThere(entry, nowMs)) return { name: 'DEL', key: clientKey, bytes: Buffer.alloc(0), expiry: '0' };
  const [value, expiry] = [bufferOf(entry.value), String(exactExpiry(entry.expiryMs))];
  if (entry.type === undefined) return { name: 'SET', key: clientKey, bytes: value, expiry };
  const bytes = readableDump(value, (version) => readsDump(server, version));
  return { name: 'RESTORE', key: clientKey, bytes, expiry };
}

export function argumentsOf({ name, key, bytes, expiry }: Command): Argument[] {
  // A DEL of a hash of 100,000 fields would hold Redis for 40 ms.
  if (name === 'DEL') return ['UNLINK', key];
  if (name === 'RESTORE') return [name, key, expiry, bytes, 'REPLACE', 'ABSTTL'];
  return expiry === '0' ? [name, key, bytes] : [name, key, bytes, 'PXAT', expiry];
}

/** Redis holds something else than the node last knew: what is wanted already, or what the application has written. */
export function wasOvertaken(site: Site, { scan }: Connection, write: Write, state: State): void {
  const { id, key } = write;
  site.ledger.wasNotSent(id);
  const difference = site.ledger.get(id);
  if (difference === undefined) return;
  const found = site.comparison.recogniseLook(id, key, state);
  if (found === 'entry') site.ledger.settle(id);
  if (found !== 'other') return;
  if (difference.isUnsure === true && !site.dirty.has(id)) site.conflicts.set(id, 'cluster');
  else {
    site.counters.overtaken++;
    if (scan === null) site.dirty.add(id);
    else scan.met(id);
  }
}

/** The application has changed some of the elements that were to be written: it is read first. */
export function haveChanged({ ledger, dirty, counters }: Site, { id }: Write): void {
  ledger.wasNotSent(id);
  if (dirty.has(id)) return;
  counters.overtaken++;
  dirty.add(id);
}

export function wasWritten(site: Site, connection: Connection, { id, key, entry, elements }: Write): void {
  const { position } = connection;
  site.counters.applied++;
  connection.flush?.seen.add(id);
  connection.scan?.looked(id);
  connection.evictions.wrote(id);
  if (position !== null) site.unreplicated.applied(position, id, site.ledger.get(id)?.bases ?? [null]);
  site.leftOut.passed(id);
  if (elements?.partly != null) return site.ledger.gotSome(id, elements.partly);
  if (entry?.type === undefined) site.comparison.forgetLocal(id);
  // What has come in meanwhile is compared with what was written now.
  if (site.ledger.isAsSent(id) && !isThere(entry, site.nowMs())) site.noteGone(id, key);
  if (site.ledger.isAsSent(id)) site.ledger.settle(id);
  else site.ledger.advance(id, isThere(entry, site.nowMs()) ? site.comparison.baseOf(id, entry) : null);
}

/** This Redis does not take it, now or ever. */
export function wasRefused(site: Site, { id }: Write, failure: RedisFailure): void {
  site.ledger.wasNotSent(id);
  site.leftOut.note(id, 'to-redis', reasonOf(failure), 'later', site.nowMs());
}

/** From how many elements on Redis is not asked what it makes of a dump: a large one is told by its elements, if these can be read. */
export function largeAfter(site: Site, { entry }: Write): number {
  const isUnread = entry?.type !== undefined && !(entry instanceof LargeEntry) && hasFieldExpiries(entry.value);
  return isUnread ? Number.MAX_SAFE_INTEGER : site.largeFrom;
}

/** What Redis makes of a dump: another server's may dump otherwise from then on. */
export function noteDump(site: Site, { id, entry }: Write, look: RedisReply | undefined): void {
  // Of a large one its elements tell, and these are as the node has them.
  if (largeIn(look) !== null) return site.comparison.forgetLocal(id);
  const state = readLook(look);
  if (entry?.type !== undefined && state !== null) site.comparison.noteLocal(id, entry, state.digest);
}
