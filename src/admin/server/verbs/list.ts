import { BUCKETS, type Bytes } from '../../../core/model/bytes.js';
import { databaseOf, type Entry, isTombstone } from '../../../core/model/entry.js';
import type { Steps } from '../../../core/model/steps.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, ListReply } from '../../protocol/api.js';
import { base64, entryFacts, inSteps, keyOf } from '../../protocol/facts.js';

/** A page holds so many bytes of values, and of keys. */
const PAGE_BYTES = 4 * 1024 * 1024;

/** Live entries and stubs of evicted ones, whole buckets at a time: a page may be somewhat longer than its limit. */
export function list(node: Node, request: AdminApi['LIST']['request']): Promise<ListReply> {
  return inSteps(page(node, request));
}

// ---

function* page(node: Node, request: AdminApi['LIST']['request']): Steps<ListReply> {
  const { data, records } = node.core.status;
  const { database, cursor, limit, values = false } = request;
  const prefix = keyOf({ database, keyBase64: request.prefixBase64 ?? '' });
  const entries: ListReply['entries'] = [];
  let bytes = 0;
  for (let bucket = cursor; bucket < BUCKETS; bucket++) {
    for (const entry of data.store.bucket(bucket)) {
      if (isTombstone(entry, node.core.nowMs) || !isWanted(entry, database, prefix)) continue;
      const facts = yield* entryFacts(entry, records);
      const value = values ? entry.value : null;
      const fits = value !== null && bytes + value.length <= PAGE_BYTES;
      bytes += entry.key.length + (fits ? value.length : 0);
      entries.push(fits ? { ...facts, valueBase64: base64(value) } : facts);
      // The next page begins with what this one had no room for.
      if (value !== null && !fits) bytes = PAGE_BYTES;
    }
    if (entries.length >= limit || bytes >= PAGE_BYTES)
      return { entries, cursor: bucket + 1 < BUCKETS ? bucket + 1 : null };
    yield;
  }
  return { entries, cursor: null };
}

function isWanted(entry: Entry, database: number, prefix: Bytes): boolean {
  if (databaseOf(entry.key) !== database) return false;
  return entry.key.length >= prefix.length && Buffer.compare(entry.key.subarray(0, prefix.length), prefix) === 0;
}
