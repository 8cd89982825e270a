import type { Context } from '../context.js';
import type { VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { Liveness } from './liveness.js';
import type { MemberRecord } from './records.js';
import type { Sessions } from './sessions.js';

/** How a node ends: it stops, and comes back; or it leaves for good, once the others have all that it has. */
export class Departure {
  private stops = false;
  private ended = false;
  /** What others must have before this node leaves; null: it stays. */
  private leavesWith: VersionVector | null = null;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly sessions: () => Sessions,
    /** Whether a resolution or an undo that this node carries out has yet to end. */
    private readonly isOverriding: () => boolean,
  ) {}

  /** It takes no more writes: it stops, or leaves. */
  get isGoing(): boolean {
    return this.stops || this.leavesWith !== null;
  }

  /** It has stopped, or told the cluster that it left. */
  get isGone(): boolean {
    return this.stops;
  }

  /** It has said that it can go on no more, and its process ends. */
  get hasEnded(): boolean {
    return this.ended;
  }

  /** Whether it would leave, and what it carries out for an operator or the cluster has to end before. */
  get isHeldUp(): boolean {
    return this.leavesWith !== null && !this.stops && this.isOverriding();
  }

  end(): void {
    this.ended = this.stops = true;
  }

  /** Take no more writes, tell the peers. */
  stop(): void {
    this.stops = true;
    for (const peer of this.context.peers.values()) this.context.send(peer.link, { type: 'bye', reason: 'stopping' });
  }

  /** Leave for good: take no more writes, and once every other member in sight has all of them, say so to the cluster. */
  leave(): void {
    this.leavesWith = (this.context.replicas.data.vector as VersionVector).clone();
    this.liveness.announceLeaving(true);
    this.tick();
  }

  /** Think better of it: serve again. Does nothing once the cluster was told. */
  stay(): void {
    this.leavesWith = null;
    this.liveness.announceLeaving(false);
  }

  /** Whether the cluster was told. */
  get saidFarewell(): boolean {
    const { records, self } = this.context;
    return records.member(self.replica)?.state !== 'member';
  }

  /** Whether another member knows that this node has left, or has taken it for gone before. */
  get hasLeft(): boolean {
    const { acks, records, replicas } = this.context;
    const { isTurnedOut } = this.sessions();
    if (this.leavesWith !== null && isTurnedOut) return true;
    if (!this.saidFarewell) return false;
    const { origin, vector } = replicas.system;
    const knows = ({ replica }: MemberRecord) =>
      acks.latest(replica)?.system.covers(origin, vector.get(origin)) === true;
    return isTurnedOut || records.active().some(knows);
  }

  /** It was stopped after its farewell: once a member hears of that, nobody takes a write of it any more. */
  goOn(): void {
    this.leavesWith = (this.context.replicas.data.vector as VersionVector).clone();
    this.stops = true;
    this.liveness.announceLeaving(true);
    this.context.log(
      'warn',
      'left the cluster before it was stopped: it takes no writes, and ends once a member knows',
      { kind: 'leaves', subject: this.context.self.name },
    );
  }

  /** Whoever leaves says so as soon as it may. */
  tick(): void {
    const { leavesWith } = this;
    if (leavesWith === null) return;
    const { records, replicas, self } = this.context;
    const { origin, vector } = replicas.data;
    const others = this.liveness.island().filter((replica) => replica !== self.replica);
    const record = records.member(self.replica);
    if (record?.state !== 'member' || others.length === 0) return;
    // What is still to be written anew nobody would take after the farewell.
    if (this.isHeldUp) return;
    // Also what it wrote before its last start, and what it has of others. What these write from now on they tell themselves.
    leavesWith.advance(origin, vector.get(origin));
    if (!this.isKept(leavesWith, others)) return;
    this.stops = true;
    records.putMember({ ...record, state: 'left' });
  }

  /** Whether these have all of it, and one of them stays: members that leave at the same time must not count on each other. */
  private isKept(all: VersionVector, others: readonly ReplicaId[]): boolean {
    const { acks, peers } = this.context;
    const isStaying = (replica: ReplicaId): boolean => {
      const peer = peers.get(replica);
      return peer !== undefined && this.liveness.staysKnowingly(peer);
    };
    return others.every((replica) => acks.latest(replica)?.data.coversAll(all) === true) && others.some(isStaying);
  }
}
