import { BUCKETS, type Bytes } from '../../core/bytes.js';
import { databaseOf, type Entry, isTombstone } from '../../core/entry.js';
import type { Node } from '../../node/node.js';
import type { AdminApi, ListReply } from '../api.js';
import { base64, bucketsFrom, entryFacts, inSlices, keyOf } from '../facts.js';

/** A reply ends after this many bytes of values, so that a page of large values stays a page. */
const VALUE_BYTES_MAX = 8 * 1024 * 1024;

/** Live entries and stubs of evicted ones, whole buckets at a time: a page may be somewhat longer than its limit. */
export async function list(node: Node, request: AdminApi['LIST']['request']): Promise<ListReply> {
  const { replicas, records } = node.core.context;
  const { database, cursor, limit, values = false } = request;
  const prefix = keyOf({ database, keyBase64: request.prefixBase64 ?? '' });
  const entries: ListReply['entries'] = [];
  let next: number | null = null;
  let bytes = 0;
  await inSlices(bucketsFrom(cursor, BUCKETS), (bucket) => {
    for (const entry of replicas.data.store.bucket(bucket)) {
      if (isTombstone(entry, node.core.nowMs) || !isWanted(entry, database, prefix)) continue;
      const { value } = entry;
      const valueBase64 = values && value !== null ? { valueBase64: base64(value) } : {};
      bytes += values && value !== null ? value.length : 0;
      entries.push({ ...entryFacts(entry, records), ...valueBase64 });
    }
    if (entries.length < limit && bytes < VALUE_BYTES_MAX) return;
    next = bucket + 1 < BUCKETS ? bucket + 1 : null;
    return false;
  });
  return { entries, cursor: next };
}

function isWanted(entry: Entry, database: number, prefix: Bytes): boolean {
  if (databaseOf(entry.key) !== database) return false;
  return entry.key.length >= prefix.length && Buffer.compare(entry.key.subarray(0, prefix.length), prefix) === 0;
}
