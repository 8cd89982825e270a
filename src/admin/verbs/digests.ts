import { BUCKETS } from '../../core/bytes.js';
import { digestEntry, isLive } from '../../core/entry.js';
import type { Node } from '../../node/node.js';
import type { DigestsReply } from '../api.js';
import { bucketsFrom, inSlices, vectorJson } from '../facts.js';

export async function digests(node: Node): Promise<DigestsReply> {
  const { replicas, self } = node.core.context;
  const sums: number[] = [];
  await inSlices(bucketsFrom(0, BUCKETS), (bucket) => {
    const nowMs = Date.now();
    let sum = 0;
    for (const entry of replicas.data.store.bucket(bucket))
      if (isLive(entry, nowMs)) sum = (sum + digestEntry(entry)) >>> 0;
    sums.push(sum);
  });
  return {
    name: self.name,
    digests: sums,
    entries: replicas.data.store.liveCount(),
    vector: vectorJson(replicas.data.vector),
  };
}
