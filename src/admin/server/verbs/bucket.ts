import { BUCKETS } from '../../../core/model/bytes.js';
import { OperatorError } from '../../../core/model/errors.js';
import type { Steps } from '../../../core/model/steps.js';
import { hasEnded } from '../../../node/keys-in.js';
import type { Node } from '../../../node/node.js';
import type { BucketReply } from '../../protocol/api.js';
import { entryFacts, inSteps, vectorJson } from '../../protocol/facts.js';

const BUCKETS_MAX = 256;
/** After so many characters of keys, and as many for each entry, a reply ends: the rest is asked for again. */
const REPLY_BYTES = 4 * 1024 * 1024;
const ENTRY_BYTES = 400;

export async function bucket(node: Node, request: { buckets: number[] }): Promise<BucketReply> {
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
  return inSteps(read(node, wanted));
}

// ---

/** A bucket is of one moment: its entries and its vector are taken before the first step. */
function* read(node: Node, wanted: readonly number[]): Steps<BucketReply> {
  const { data, records } = node.core.status;
  const buckets: BucketReply['buckets'] = [];
  let bytes = 0;
  for (const index of wanted) {
    if (bytes >= REPLY_BYTES) break;
    const taken = data.store.bucket(index).map((entry) => ({ entry, ended: hasEnded(node.core, entry) }));
    const head = { bucket: index, vector: vectorJson(data.vector), nowMs: node.core.nowMs };
    const entries: BucketReply['buckets'][number]['entries'] = [];
    for (const { entry, ended } of taken) {
      bytes += ENTRY_BYTES + entry.key.length;
      const facts = yield* entryFacts(entry, records);
      entries.push(ended ? { ...facts, ended } : facts);
    }
    buckets.push({ ...head, entries });
    yield;
  }
  return { buckets };
}
