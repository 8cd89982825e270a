import type { EntryFacts } from '../../admin/protocol/api.js';
import { hashBytes } from '../../core/model/bytes.js';
import { versionName } from '../../core/model/version.js';
import type { BucketByReplica } from './bucket-differences.js';
import { isGarbage } from './bucket-read.js';

/**
 * A sum for each replica over what counts of a bucket: versions of which some replica has a value now. Replicas' own digests are taken
 * at different moments, and cover stubs of evicted entries: those differ while keys end, also where no reader sees a difference.
 */
export function countingDigests(bucket: BucketByReplica): Map<string, number> {
  const nowMs = Math.max(0, ...[...bucket.values()].map((replica) => replica.nowMs));
  const counts = new Set<string>();
  for (const { entries } of bucket.values()) {
    for (const [id, entry] of entries)
      if (entry.evicted !== true && !isGarbage(entry, nowMs)) counts.add(versionOf(id, entry));
  }
  const sums = new Map<string, number>();
  for (const [name, { entries }] of bucket) {
    const versions = [...entries].map(([id, entry]) => versionOf(id, entry)).filter((version) => counts.has(version));
    sums.set(
      name,
      versions.reduce((sum, version) => (sum + hashBytes(Buffer.from(version))) % 2 ** 32, 0),
    );
  }
  return sums;
}

function versionOf(id: string, entry: EntryFacts): string {
  return `${id}/${versionName(entry)}`;
}
