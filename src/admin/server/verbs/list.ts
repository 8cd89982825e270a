import { BUCKETS, type Bytes } from '../../../core/model/bytes.js';
import { type Entry, isTombstone } from '../../../core/model/entry.js';
import { isPartKey } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import { isAfter, type Stamp } from '../../../core/model/version.js';
import { CollectionView } from '../../../core/replication/collection-view.js';
import type { Owner } from '../../../core/store/owner.js';
import { EntryItem, itemAt } from '../../../node/items.js';
import { beginsWith } from '../../../node/keys-in.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, EntryFacts, ListReply } from '../../protocol/api.js';
import { base64, entryFacts, inSteps, keyOf } from '../../protocol/facts.js';
import { collectionFacts } from './found-facts.js';

/** A page holds so many bytes of values, and of keys. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * Live entries, stubs of evicted ones, and keys with parts, each of which comes once; whole buckets at a time: a page may be somewhat longer
 * than its limit.
 */
export function list(node: Node, request: AdminApi['LIST']['request']): Promise<ListReply> {
  return inSteps(page(node, request));
}

// ---

function* page(node: Node, request: AdminApi['LIST']['request']): Steps<ListReply> {
  const { records } = node.core.status;
  const { database, cursor, limit, values = false } = request;
  const prefix = keyOf({ database, keyBase64: request.prefixBase64 ?? '' });
  const entries: ListReply['entries'] = [];
  let bytes = 0;
  for (let bucket = cursor; bucket < BUCKETS; bucket++) {
    const [found, collections] = keysOf(node, bucket, prefix);
    for (const entry of found) {
      const facts = yield* entryFacts(entry, records);
      const value = values ? entry.value : null;
      const fits = value !== null && bytes + value.length <= PAGE_BYTES;
      bytes += entry.key.length + (fits ? value.length : 0);
      entries.push(fits ? { ...facts, valueBase64: base64(value) } : facts);
      // The next page begins with what this one had no room for.
      if (value !== null && !fits) bytes = PAGE_BYTES;
    }
    for (const facts of collections) {
      bytes += facts.keyBase64.length;
      entries.push(facts);
    }
    if (entries.length >= limit || bytes >= PAGE_BYTES)
      return { entries, cursor: bucket + 1 < BUCKETS ? bucket + 1 : null };
    yield;
  }
  return { entries, cursor: null };
}

/** Those of a moment: entries, numbers that several have added to among them, and what there is to say of collections. */
function keysOf(node: Node, bucket: number, prefix: Bytes): [Entry[], EntryFacts[]] {
  const { core } = node;
  const { store } = core.status.data;
  const entries: Entry[] = [];
  const collections: EntryFacts[] = [];
  for (const entry of store.bucket(bucket)) {
    if (isPartKey(entry.key) || isTombstone(entry, core.nowMs) || !beginsWith(entry.key, prefix)) continue;
    if (store.owners.get(entry.key) === undefined) entries.push(entry);
  }
  for (const owner of store.owners.inBucket(bucket)) {
    const { key } = owner;
    if (!beginsWith(key, prefix)) continue;
    const item = itemAt(node, key);
    const whole = store.get(key);
    if (item instanceof EntryItem) entries.push(item.entry);
    else if (item?.view instanceof CollectionView) collections.push(collectionFacts(node, key, item, item.view));
    else if (whole !== undefined && !isTombstone(whole, core.nowMs)) entries.push(whole);
    else if (owner.hasEvicted) entries.push(evictedKey(owner));
  }
  return [entries, collections];
}

/** A key with parts of which none is left here. */
function evictedKey({ key, evicted, expiry }: Owner): Entry {
  const newest = evicted.reduce(
    (a: Stamp | null, { newest: b }) => (a === null || (b !== null && isAfter(b, a)) ? b : a),
    null,
  );
  return { key, value: null, ...newest!, seq: 0, expiryMs: expiry?.expiryMs ?? 0, evicted: true };
}
