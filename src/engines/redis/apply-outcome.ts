import type { Bytes } from '../../core/bytes.js';
import { clientKeyOf, type Entry, isLive } from '../../core/entry.js';
import type { RedisFailure } from './reply-parser.js';
import { bufferOf, type Site, versionOf } from './site.js';
import { isSame, type State } from './state.js';

/** A write to Redis of what the node has from elsewhere. */
export interface Write {
  readonly id: string;
  readonly key: Bytes;
  /** As it is written; undefined or a tombstone: a delete. */
  readonly entry: Entry | undefined;
}

/** What Redis is to do. The bytes are empty for DEL. */
export interface Command {
  readonly name: 'DEL' | 'SET' | 'RESTORE';
  readonly key: Buffer;
  readonly bytes: Buffer;
  /** Unix time in milliseconds; "0": never. */
  readonly expiry: string;
}

export function commandOf({ key, entry }: Write, nowMs: number): Command {
  const clientKey = bufferOf(clientKeyOf(key));
  if (!isLive(entry, nowMs)) return { name: 'DEL', key: clientKey, bytes: Buffer.alloc(0), expiry: '0' };
  const name = entry.type === undefined ? 'SET' : 'RESTORE';
  return { name, key: clientKey, bytes: bufferOf(entry.value), expiry: String(entry.expiryMs) };
}

/** Redis holds something else than the node last knew: what is wanted already, or what the application has written. */
export function wasOvertaken(site: Site, id: string, key: Bytes, state: State): void {
  const difference = site.ledger.get(id);
  if (difference === undefined) return;
  if (isSame(site.stateOfEntry(id, site.store.get(key)), state, site.nowMs())) site.ledger.settle(id);
  else if (difference.isUnsure === true && !site.dirty.has(id)) site.conflicts.set(id, 'cluster');
  else {
    site.counters.overtaken++;
    site.dirty.add(id);
  }
}

export function wasWritten(site: Site, { id, key, entry }: Write): void {
  site.counters.applied++;
  // What has come in meanwhile is compared with what was written now.
  if (versionOf(site.store.get(key)) === versionOf(entry)) site.ledger.settle(id);
  else site.ledger.set(id, { base: site.stateOfEntry(id, entry), wanted: true });
}

/** The value is one that this Redis cannot take. */
export function wasRefused(site: Site, { id, key }: Write, failure: RedisFailure): void {
  site.refused.set(id, failure.message);
  site.port.log('error', `Redis does not take a value of ${key.length - 1} bytes of key: ${failure.message}`);
}

/** What Redis makes of a dump: another server's may dump otherwise from then on. */
export function noteDump(site: Site, { id, entry }: Write, state: State): void {
  if (state !== null && entry?.type !== undefined) site.noteLocal(id, entry, state.digest);
}
