import { databaseOf, type Entry, isLive } from '../core/model/entry.js';
import { hlcFromMs } from '../core/model/hlc.js';
import { expiryFrom, isPartKey, PART, partKindOf, standsOn, wholeKeyOf } from '../core/model/parts.js';
import type { NodeCore } from '../core/node.js';
import type { Owner } from '../core/store/owner.js';
import { type CollectionItem, EntryItem, itemAt, type LiveEntry } from './items.js';

/** A key as a reader finds it: a value, a number that several have added to among them, or a collection. */
export type FoundKey =
  | { readonly value: LiveEntry }
  | { readonly key: Uint8Array; readonly collection: CollectionItem };

/**
 * The keys of a bucket, each once, however many parts it has (R13). What is collected at a moment is told: the collections are good until
 * something is written. `isWanted`: asked of a full key.
 */
export function keysIn(core: NodeCore, bucket: number, isWanted: (key: Uint8Array) => boolean): FoundKey[] {
  const { nowMs, status } = core;
  const { store } = status.data;
  const found: FoundKey[] = [];
  for (const entry of store.bucket(bucket)) {
    if (!isPartKey(entry.key) && isLive(entry, nowMs) && isWanted(entry.key))
      found.push({ value: current(core, entry) });
  }
  for (const { key } of store.owners.inBucket(bucket)) {
    if (!isWanted(key) || isLive(store.get(key), nowMs)) continue;
    const item = itemAt({ core }, key);
    if (item instanceof EntryItem) found.push({ value: item.entry });
    else if (item !== undefined) found.push({ key, collection: item });
  }
  return found;
}

/** Whether a full key begins so; a prefix holds the database as well. */
export function beginsWith(key: Uint8Array, prefix: Uint8Array): boolean {
  if (key.length < prefix.length || databaseOf(key) !== databaseOf(prefix)) return false;
  for (let i = 1; i < prefix.length; i++) if (key[i] !== prefix[i]) return false;
  return true;
}

/** Whether it is a part that no reader finds: its whole has ended it, it has expired with its key, or is an expiry that says nothing. It waits to be collected. */
export function hasEnded({ nowMs, status }: NodeCore, { key, value }: Entry): boolean {
  if (value === null || !isPartKey(key)) return false;
  const { store } = status.data;
  const owner = store.owners.get(wholeKeyOf(key));
  const part = store.get(key);
  if (owner === undefined || part === undefined) return false;
  store.owners.settle(owner, nowMs);
  if (!store.owners.lives(owner, part) || hasExpiredWith(owner, part, nowMs)) return true;
  // One that says "none" is forgotten once all have heard of it.
  return partKindOf(key) === PART.expiry && (!owner.hasParts || expiryFrom(value).expiryMs === 0);
}

// ---

/** Of a share of a number: whether it was begun before the value that it adds to has expired. */
function hasExpiredWith({ whole }: Owner, part: Entry, nowMs: number): boolean {
  if (partKindOf(part.key) !== PART.count || whole === undefined || whole.expiryMs === 0) return false;
  return whole.expiryMs <= nowMs && standsOn(part).hlc < hlcFromMs(whole.expiryMs);
}

/** With what others have added to it. */
function current(core: NodeCore, entry: Entry & { value: Uint8Array }): LiveEntry {
  return core.status.data.store.owners.get(entry.key) === undefined ? entry : (core.get(entry.key) ?? entry);
}
