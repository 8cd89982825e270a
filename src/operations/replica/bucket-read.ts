import type { AdminClient } from '../../admin/client/client.js';
import type { BucketReply, EntryFacts, KeyName, VectorJson } from '../../admin/protocol/api.js';
import { InvariantError } from '../../core/model/errors.js';
import { VersionVector } from '../../core/model/vector.js';
import { isAfter, type Version } from '../../core/model/version.js';

/** One bucket of one replica, ready to be compared. */
export interface ReadBucket {
  vector: VersionVector;
  nowMs: number;
  /** By database, key and part. */
  entries: Map<string, EntryFacts>;
}

/** How many buckets to ask for at a time, so that no answer grows large. */
const BUCKETS_PER_CALL = 32;

/** Read buckets of one replica; each is of one moment, different ones need not be. */
export async function readBuckets(client: AdminClient, buckets: readonly number[]): Promise<Map<number, ReadBucket>> {
  const read = new Map<number, ReadBucket>();
  while (read.size < buckets.length) {
    // A reply with much in it has fewer than were asked for, and one at least.
    const reply = await client.call('BUCKET', { buckets: buckets.slice(read.size, read.size + BUCKETS_PER_CALL) });
    for (const bucket of reply.buckets) read.set(bucket.bucket, toReadBucket(bucket));
    if (reply.buckets.length === 0) throw new InvariantError('MNEME BUCKET gave none of the buckets');
  }
  return read;
}

function toReadBucket(bucket: BucketReply['buckets'][number]): ReadBucket {
  return {
    vector: toVector(bucket.vector),
    nowMs: bucket.nowMs,
    entries: new Map(bucket.entries.map((entry) => [entryIdOf(entry), entry])),
  };
}

export function toVector(vector: VectorJson): VersionVector {
  return VersionVector.from(vector);
}

export function entryIdOf({ database, keyBase64, part }: KeyName): string {
  return `${database}/${keyBase64}${part === undefined ? '' : `/${part.kind}/${part.nameBase64}`}`;
}

/** The same for a key and all of its parts. */
export function keyIdOf({ database, keyBase64 }: KeyName): string {
  return entryIdOf({ database, keyBase64 });
}

/** A tombstone, an entry that its expiry has turned into one, or a part that has ended: a replica may drop it at any time. */
export function isGarbage(entry: EntryFacts, nowMs: number): boolean {
  return entry.tombstone || entry.ended === true || (entry.expiryMs !== 0 && entry.expiryMs <= nowMs);
}

/** Whether who has this vector has the version, or a greater one (R3). */
export function covers(vector: VersionVector, { origin, seq, touch }: EntryFacts): boolean {
  return touch === undefined ? vector.covers(origin, seq) : vector.covers(touch.origin, touch.seq);
}

/** Whether the first stands over the second. */
export function stands(entry: Version, other: Version): boolean {
  return isAfter(entry, other);
}

/** The bucket numbers in which not all digests are equal. */
export function differingBuckets(digests: readonly (readonly number[])[]): number[] {
  const [first, ...others] = digests;
  if (first === undefined) return [];
  const differing: number[] = [];
  for (let bucket = 0; bucket < first.length; bucket++) {
    if (others.some((other) => other[bucket] !== first[bucket])) differing.push(bucket);
  }
  return differing;
}
