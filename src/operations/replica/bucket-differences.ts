import type { EntryFacts, KeyName } from '../../admin/protocol/api.js';
import { isSameVersion } from '../../core/model/version.js';
import { covers, entryIdOf, isGarbage, keyIdOf, type ReadBucket, stands } from './bucket-read.js';

/** A difference that replication will not mend: a replica says that it has a write, and shows that it has not. */
export interface Difference extends KeyName {
  bucket: number;
  kind: 'missing' | 'older' | 'other-value';
  /** Who holds the version. */
  holder: string;
  /** Who should hold it too, going by its vector. */
  lacker: string;
  writer: string;
  writtenMs: number;
  hlc: number;
  origin: string;
}

/** An entry of one replica that the other's vector does not cover yet: on its way, or held apart. */
export interface Uncovered {
  holder: string;
  lacker: string;
  id: string;
  /** Of a part that of its key. */
  keyId: string;
  hlc: number;
}

export interface BucketComparison {
  differences: Difference[];
  uncovered: Uncovered[];
}

/** One bucket as several replicas hold it, by the name of the replica. */
export type BucketByReplica = ReadonlyMap<string, ReadBucket>;

/**
 * Compare one bucket of all replicas, each pair both ways. For a version that A holds and B lacks: if B's vector covers the
 * write, B claims to have it or a greater one (R3), so its absence is a difference; if not, it is merely not there yet.
 */
export function compareBucket(bucket: number, replicas: BucketByReplica): BucketComparison {
  const found: BucketComparison = { differences: [], uncovered: [] };
  for (const [holder, ofHolder] of replicas) {
    for (const [lacker, ofLacker] of replicas) {
      if (holder !== lacker) comparePair(bucket, [holder, ofHolder], [lacker, ofLacker], found);
    }
  }
  return found;
}

function comparePair(
  bucket: number,
  [holder, ofHolder]: [string, ReadBucket],
  [lacker, ofLacker]: [string, ReadBucket],
  found: BucketComparison,
): void {
  const nowMs = Math.max(ofHolder.nowMs, ofLacker.nowMs);
  for (const [id, entry] of ofHolder.entries) {
    const other = ofLacker.entries.get(id);
    const kind = lackOf(entry, other, nowMs);
    if (kind === null || (kind === 'other-value' && holder > lacker)) continue;
    if (kind !== 'other-value' && !covers(ofLacker.vector, entry)) {
      found.uncovered.push({ holder, lacker, id: entryIdOf(entry), keyId: keyIdOf(entry), hlc: entry.hlc });
      continue;
    }
    const { database, keyBase64, part, writer, writtenMs, hlc, origin } = entry;
    const name = { database, keyBase64, ...(part === undefined ? {} : { part }) };
    found.differences.push({ bucket, ...name, kind, holder, lacker, writer, writtenMs, hlc, origin });
  }
}

/** How `other` falls short of `entry`; null: it does not, or both say "no value", which replicas may drop at will. */
function lackOf(entry: EntryFacts, other: EntryFacts | undefined, nowMs: number): Difference['kind'] | null {
  // Stubs of entries that no replica has the value of leave one after the other: no reader sees a difference.
  const gone = isGarbage(entry, nowMs) || entry.evicted === true;
  if (other === undefined) return gone ? null : 'missing';
  if (isSameVersion(entry, other)) return sameContent(entry, other) ? null : 'other-value';
  if (!stands(entry, other)) return null;
  return isGarbage(entry, nowMs) && isGarbage(other, nowMs) ? null : 'older';
}

function sameContent(entry: EntryFacts, other: EntryFacts): boolean {
  if (entry.evicted === true || other.evicted === true) return true;
  return (
    entry.tombstone === other.tombstone && entry.valueHash === other.valueHash && entry.expiryMs === other.expiryMs
  );
}
