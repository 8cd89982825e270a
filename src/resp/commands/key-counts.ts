import { type Context, DATABASES } from '../session.js';
import { inSlices } from './slices.js';

/** Of one database: what a reader finds. */
export interface KeyCount {
  readonly keys: number;
  readonly expiring: number;
}

/**
 * The keys of each database, without those that have expired and are not collected yet: these may be many, and are kept for as
 * long as a member is away, so the search for them is done in slices.
 */
export function countKeys({ keyspace, atomic }: Context): KeyCount[] | Promise<KeyCount[]> {
  const expired = new Array<number>(DATABASES).fill(0);
  const steps = Math.ceil(keyspace.buckets / BUCKETS_PER_STEP);
  const rest = inSlices(steps, atomic, (step) => {
    const from = step * BUCKETS_PER_STEP;
    keyspace.countExpired(from, Math.min(keyspace.buckets, from + BUCKETS_PER_STEP), expired);
  });
  const counts = (): KeyCount[] =>
    expired.map((gone, database) => ({
      keys: Math.max(0, keyspace.count(database) - gone),
      expiring: Math.max(0, keyspace.countExpiring(database) - gone),
    }));
  return rest === undefined ? counts() : rest.then(counts);
}

// ---

const BUCKETS_PER_STEP = 64;
