import { BUCKETS } from '../../core/bytes.js';
import { OperatorError } from '../../core/errors.js';
import type { Node } from '../../node/node.js';
import type { BucketReply } from '../api.js';
import { entryFacts, inSlices, vectorJson } from '../facts.js';

const BUCKETS_MAX = 256;

export async function bucket(node: Node, request: { buckets: number[] }): Promise<BucketReply> {
  const { replicas, records } = node.core.context;
  const wanted = request.buckets;
  if (
    !Array.isArray(wanted) ||
    wanted.length > BUCKETS_MAX ||
    wanted.some((n) => !Number.isInteger(n) || n < 0 || n >= BUCKETS)
  ) {
    throw new OperatorError(
      'usage',
      `MNEME BUCKET takes up to ${BUCKETS_MAX} bucket numbers from 0 to ${BUCKETS - 1}.`,
    );
  }
  const buckets: BucketReply['buckets'] = [];
  await inSlices(wanted, (index) => {
    const entries = replicas.data.store.bucket(index).map((entry) => entryFacts(entry, records));
    buckets.push({ bucket: index, vector: vectorJson(replicas.data.vector), nowMs: node.core.nowMs, entries });
  });
  return { buckets };
}
