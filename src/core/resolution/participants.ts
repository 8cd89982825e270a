import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { ReplicaId } from '../model/version.js';
import type { Incidents } from '../partition/incidents.js';

/** Who takes part in a resolution: its executor's island, and the members of others that it reaches. */
export class Participants {
  private replicas: readonly ReplicaId[] = [];
  /** When members were last in reach (monotonic). */
  private readonly reachedMs = new Map<ReplicaId, number>();

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
  ) {
    this.gather();
  }

  get all(): readonly ReplicaId[] {
    return this.replicas;
  }

  /** All but the executor. */
  get others(): ReplicaId[] {
    return this.replicas.filter((replica) => replica !== this.context.self.replica);
  }

  has(replica: ReplicaId): boolean {
    return this.replicas.includes(replica);
  }

  /** Whether no one's link is lost: it comes back, or its time is over. */
  get areHere(): boolean {
    const here = this.inReach();
    return this.replicas.every((replica) => here.includes(replica));
  }

  gather(): void {
    this.replicas = this.reachable();
  }

  /** Returns those that went away. */
  dropVanished(): ReplicaId[] {
    const reachable = this.reachable();
    const [left, gone] = [true, false].map((isLeft) =>
      this.replicas.filter((replica) => reachable.includes(replica) === isLeft),
    ) as [ReplicaId[], ReplicaId[]];
    this.replicas = left;
    return gone;
  }

  /** Members in reach, and those whose link was lost for less than the failure timeout (R10). */
  private reachable(): ReplicaId[] {
    const { ports, records } = this.context;
    const nowMs = ports.monoMs();
    for (const replica of this.inReach()) this.reachedMs.set(replica, nowMs);
    const isIn = ([replica, atMs]: [ReplicaId, number]): boolean =>
      records.isActive(replica) && nowMs - atMs < this.liveness.timeoutMs;
    return [...this.reachedMs].filter(isIn).map(([replica]) => replica);
  }

  /** A member that is joining has nothing to be read: it is compared once it has joined. */
  private inReach(): ReplicaId[] {
    const { peers } = this.context;
    const all = this.incidents.islands().flatMap(({ replicas }) => replicas);
    return all.filter((replica) => peers.get(replica)?.theirGate !== 'joining');
  }
}
