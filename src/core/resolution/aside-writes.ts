import type { Context } from '../context.js';
import type { IncidentRecord } from '../membership/records.js';
import { VersionVector } from '../model/vector.js';

/**
 * Which of this node's own writes a promotion has set aside. All vectors cover them, since every member has what was written
 * over them, and yet nobody holds them: a client that waits for such a write waits in vain. Only writes of this boot count,
 * since a later one writes under another origin.
 */
export class AsideWrites {
  private readonly ranges: { readonly after: number; readonly upto: number }[] = [];

  constructor(private readonly context: Context) {}

  /** An incident was resolved. To be called before the separations that it ends are forgotten. */
  note({ strategy, islands, covered }: IncidentRecord): void {
    if (strategy?.kind !== 'promote' || covered === null) return;
    const { self, replicas, separations } = this.context;
    const promoted = islands.find(({ replicas: members }) => members.includes(strategy.node))?.replicas ?? [];
    if (promoted.includes(self.replica)) return;
    const { origin } = replicas.data;
    const marks = promoted.flatMap((replica) => separations.get(replica)?.mark ?? []);
    const after = Math.min(...marks.map((mark) => VersionVector.from(mark).get(origin)));
    const upto = VersionVector.from(covered).get(origin);
    if (marks.length === 0 || upto <= after) return;
    this.ranges.push({ after, upto });
    if (this.ranges.length > RANGES_MAX) this.ranges.shift();
  }

  has(seq: number): boolean {
    return this.ranges.some(({ after, upto }) => seq > after && seq <= upto);
  }
}

/** Nobody waits any more for a write that this many promotions have followed. */
const RANGES_MAX = 64;
