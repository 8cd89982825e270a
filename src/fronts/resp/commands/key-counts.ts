import type { Reply } from '../codec/reply.js';
import { type Context, DATABASES } from '../session.js';
import type { Steps } from './slices.js';

/** Of one database: what a reader finds. */
export interface KeyCount {
  readonly keys: number;
  readonly expiring: number;
}

/**
 * The keys of each database, without those that have expired and are not collected yet: these may be many, and are kept for as
 * long as a member is away, so the search for them is done in slices.
 */
export function* countingKeys({ keyspace }: Context, answer: (counts: readonly KeyCount[]) => Reply): Steps {
  const expired = new Array<number>(DATABASES).fill(0);
  for (let from = 0; from < keyspace.buckets; from += BUCKETS_PER_STEP) {
    keyspace.countExpired(from, Math.min(keyspace.buckets, from + BUCKETS_PER_STEP), expired);
    yield;
  }
  return answer(
    expired.map((gone, database) => ({
      keys: Math.max(0, keyspace.count(database) - gone),
      expiring: Math.max(0, keyspace.countExpiring(database) - gone),
    })),
  );
}

// ---

const BUCKETS_PER_STEP = 64;
