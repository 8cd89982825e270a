import type { Context } from '../context.js';
import type { ReplicaId } from '../model/version.js';
import type { Liveness } from './liveness.js';

/**
 * Majority mode: an island of half the members or fewer takes no writes and decides nothing for the cluster. An operator can force it
 * to; such a decision carries a mark, and whoever holds a majority overrules it.
 */
export class Quorum {
  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
  ) {}

  /** Whether the island may take writes and decide, as far as the cluster asks for a majority. */
  isHere(): boolean {
    return !this.isAskedFor || this.outnumbers();
  }

  /** Whether what is decided here is a minority's: also where that has forced its way to `partition-mode available`. */
  isMissing(): boolean {
    return (this.isAskedFor || this.context.records.isForced('partition-mode')) && !this.outnumbers();
  }

  /** Whether this node's island need not follow a minority. `forgotten`: a member that the minority forgot, which still counts as one. */
  overrules(forgotten?: ReplicaId): boolean {
    return this.context.self.isJoined && this.isAskedFor && this.outnumbers(forgotten);
  }

  private get isAskedFor(): boolean {
    return this.context.records.settings()['partition-mode'] === 'majority';
  }

  private outnumbers(forgotten?: ReplicaId): boolean {
    const { records } = this.context;
    const inSight = this.liveness.heardIsland().length;
    if (forgotten === undefined || records.isActive(forgotten)) return inSight * 2 > records.active().length;
    return (inSight + (this.isInSight(forgotten) ? 1 : 0)) * 2 > records.active().length + 1;
  }

  private isInSight(replica: ReplicaId): boolean {
    if (replica === this.context.self.replica) return true;
    return this.liveness.isInSync(replica) && this.liveness.isHeard(replica);
  }
}
