import { BUCKETS } from '../../../core/model/bytes.js';
import { digestEntry, isLive } from '../../../core/model/entry.js';
import type { Steps } from '../../../core/model/steps.js';
import { keyCount, type StoreDigest } from '../../../core/store/store-digest.js';
import { hasEnded } from '../../../node/keys-in.js';
import type { Node } from '../../../node/node.js';
import type { AdminApi, DigestsReply } from '../../protocol/api.js';
import { inSteps, vectorJson } from '../../protocol/facts.js';

export async function digests(node: Node, { values }: AdminApi['DIGESTS']['request']): Promise<DigestsReply> {
  const { data, self } = node.core.status;
  const { store } = data;
  const sums = values === true ? await inSteps(valueDigests(node)) : versionDigests(store, node.core.nowMs);
  return { name: self.name, digests: sums, entries: keyCount(store), vector: vectorJson(data.vector) };
}

// ---

function versionDigests(store: StoreDigest, nowMs: number): number[] {
  return Array.from({ length: BUCKETS }, (_, bucket) => store.digest(bucket, nowMs));
}

function* valueDigests({ core }: Node): Steps<number[]> {
  const { store } = core.status.data;
  const sums: number[] = [];
  for (let bucket = 0; bucket < BUCKETS; bucket++) {
    const { nowMs } = core;
    let sum = 0;
    for (const entry of store.bucket(bucket)) {
      if (isLive(entry, nowMs) && !hasEnded(core, entry)) sum = (sum + (yield* digestEntry(entry))) >>> 0;
    }
    sums.push(sum);
    yield;
  }
  return sums;
}
