import { type VectorData, VersionVector } from '../model/vector.js';
import type { Compare } from '../replication/messages.js';

/** What a node remembers of a member that it declared down, until they are in sync again or the split is resolved. */
export interface Separation {
  /** Unix time in milliseconds at which the member was declared down. */
  readonly sinceMs: number;
  /** What this node's island had at that moment. */
  readonly mark: VectorData;
  /** The verdict when the link came up again was split-brain: entries are held until a resolution (R11). */
  readonly split: boolean;
  /** Resolutions up to this time, as their records have it, are taken into account in that. Absent: none. */
  readonly judgedMs?: number;
}

type Sides = Pick<Compare, 'island' | 'mark'>;

/**
 * R10, the verdict when a link comes up: a split-brain if each side declared the other down and then accepted writes that
 * the other lacks. If only one side did, or neither, it is catch-up. Symmetric: both ends come to the same verdict.
 */
export function isSplitBrain(one: Sides, other: Sides): boolean {
  return wroteApart(one, other) && wroteApart(other, one);
}

/** Number of writes that a side accepted after its mark. */
export function writesSince(compare: Sides): number {
  if (compare.mark === null) return 0;
  return VersionVector.from(compare.mark).lackOf(VersionVector.from(compare.island));
}

function wroteApart(side: Sides, other: Sides): boolean {
  if (side.mark === null) return false;
  const mark = VersionVector.from(side.mark);
  const otherHas = VersionVector.from(other.island);
  for (const [origin, seq] of Object.entries(side.island.seqs)) {
    if (seq > mark.get(origin) && seq > otherHas.get(origin)) return true;
  }
  return false;
}
