import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { Quorum } from '../membership/quorum.js';
import { VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';

/** A member that lacks more writes than this is catching up, not merely a few milliseconds behind. */
export const LAG_WRITES_MAX = 1000;

/** `away`: declared down, and not in sync since; `apart`: of those, in reach and held apart by a split-brain, or released from one and not in sync yet. */
type Standing = 'in-sync' | 'away' | 'apart';

/** A line of the log for each change of who is in sync with this node, and of whether it sees a majority: one a change. */
export class StateLog {
  private readonly standings = new Map<ReplicaId, Standing>();
  private hadQuorum = true;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly quorum: Quorum,
  ) {}

  /** To be called in every tick, after members were declared down. `serves`: whether the node has come up. */
  tick(serves: boolean): void {
    const { records, self } = this.context;
    for (const { replica, name } of records.active()) if (replica !== self.replica) this.look(replica, name);
    for (const replica of this.standings.keys()) if (!records.isActive(replica)) this.standings.delete(replica);
    if (serves) this.lookAtQuorum();
  }

  // ---------------------------------------------------------------------------------------------

  private look(replica: ReplicaId, name: string): void {
    const before = this.standings.get(replica) ?? 'in-sync';
    const now = this.standingOf(replica, before);
    if (now === before) return;
    this.standings.set(replica, now);
    // That it is down, and that a split-brain was found, is told by who finds it.
    if (now === 'in-sync') this.context.log('info', `${name} is back: in sync again`, { kind: 'up', subject: name });
    else if (before === 'apart')
      this.context.log('warn', `${name} is down: its link is gone`, { kind: 'down', subject: name });
    else if (before === 'away')
      this.context.log('info', `${name} is in reach again, and held apart: a split-brain`, {
        kind: 'separated',
        subject: name,
      });
  }

  private standingOf(replica: ReplicaId, before: Standing): Standing {
    const { separations, peers } = this.context;
    if (separations.has(replica)) return separations.isSplit(replica) && peers.has(replica) ? 'apart' : 'away';
    if (before === 'in-sync' || this.isInSync(replica)) return 'in-sync';
    // Released a moment ago, it takes in what it lacks: nothing is wrong with its link.
    return before === 'apart' && peers.has(replica) ? 'apart' : 'away';
  }

  private isInSync(replica: ReplicaId): boolean {
    const { peers, acks, replicas } = this.context;
    if (!this.liveness.isInSync(replica) || !this.liveness.isHeard(replica)) return false;
    if (peers.get(replica)?.isSettled === false) return false;
    const acked = acks.latest(replica)?.data ?? new VersionVector();
    const { vector } = replicas.data;
    return Math.max(acked.lackOf(vector as VersionVector), vector.lackOf(acked as VersionVector)) <= LAG_WRITES_MAX;
  }

  private lookAtQuorum(): void {
    const hasQuorum = this.quorum.isHere();
    if (hasQuorum === this.hadQuorum) return;
    this.hadQuorum = hasQuorum;
    const sight = `${this.liveness.heardIsland().length} of ${this.context.records.active().length} members in sight`;
    if (hasQuorum)
      this.context.log('info', `writes are taken again: ${sight}, partition-mode ${this.mode}`, {
        kind: 'quorum',
        over: true,
      });
    else
      this.context.log('warn', `writes are refused: ${sight}, no majority (partition-mode ${this.mode})`, {
        kind: 'quorum',
      });
  }

  private get mode(): string {
    return this.context.records.settings()['partition-mode'];
  }
}
