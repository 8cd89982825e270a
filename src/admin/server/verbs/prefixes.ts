import { BUCKETS, type Bytes, bytesToId, idToBytes } from '../../../core/model/bytes.js';
import { clientKeyOf, isTombstone } from '../../../core/model/entry.js';
import { groupOf } from '../../../core/model/key-groups.js';
import { isPartKey } from '../../../core/model/parts.js';
import type { Steps } from '../../../core/model/steps.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, PrefixesReply } from '../../protocol/api.js';
import { base64, inSteps, keyOf } from '../../protocol/facts.js';

/** Somebody waits for it at a prompt. */
const TIME_MS = 100;
const LIMIT_MAX = 1000;

/** Where the keys part that begin so: as far as it is seen in a moment, which shows what there is much of. */
export function prefixes(node: Node, request: AdminApi['PREFIXES']['request']): Promise<PrefixesReply> {
  return inSteps(found(node, request));
}

// ---

function* found(node: Node, request: AdminApi['PREFIXES']['request']): Steps<PrefixesReply> {
  const endMs = performance.now() + TIME_MS;
  const limit = Math.min(request.limit, LIMIT_MAX);
  const prefix = bytesToId(keyOf({ database: request.database, keyBase64: request.prefixBase64 }));
  const beginnings = new Map<string, boolean>();
  let bucket = 0;
  for (; bucket < BUCKETS && beginnings.size < limit && performance.now() < endMs; bucket++) {
    for (const key of keysOf(node, bucket)) {
      const id = bytesToId(key);
      if (!id.startsWith(prefix)) continue;
      const group = groupOf(id, prefix.length);
      const isWhole = group.length <= prefix.length || group.length === id.length;
      beginnings.set(isWhole ? id : group, isWhole);
      if (beginnings.size >= limit) break;
    }
    yield;
  }
  return {
    beginnings: [...beginnings].map(([id, whole]) => ({ base64: base64(clientKeyOf(idToBytes(id))), whole })),
    partial: bucket < BUCKETS,
  };
}

function* keysOf({ core }: Node, bucket: number): Generator<Bytes> {
  const { store } = core.status.data;
  for (const entry of store.bucket(bucket)) {
    if (!isPartKey(entry.key) && !isTombstone(entry, core.nowMs)) yield entry.key;
  }
  for (const { key } of store.owners.inBucket(bucket)) if (core.collections.shapeOf(key) !== undefined) yield key;
}
