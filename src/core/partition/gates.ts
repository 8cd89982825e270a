import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { MemberRecord } from '../membership/records.js';
import { type VectorData, VersionVector } from '../model/vector.js';
import { type ReplicaId, replicaOf } from '../model/version.js';
import type { Compare, GateState, SeparationData } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import type { Incidents } from './incidents.js';
import { earlier } from './separations.js';
import { isSplitBrain, type Separation } from './split-brain.js';

const NOTHING: VectorData = { seqs: {}, floors: {} };

/**
 * R10 and R11: which links carry data. A gate opens by a verdict of catch-up, or by a resolution that took in both ends,
 * and by nothing else.
 */
export class Gates {
  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly incidents: Incidents,
    /** Called when a gate is anything but open. */
    private readonly onShut: (peer: Peer) => void,
  ) {}

  /** The one place where a gate changes; see the class comment for what may open it. */
  update(peer: Peer): void {
    if (this.context.peers.get(peer.replica) !== peer) return;
    // Whom it would hold apart for good: the link to a member no more is about to end.
    if (this.context.records.isFormer(peer.replica)) return;
    this.compareIfReady(peer);
    const gate = this.gateFor(peer);
    if (gate !== peer.ourGate) this.setGate(peer, gate);
    if (peer.isOpen && !peer.isSettled) this.settle(peer);
  }

  /** A session begins: the peer is told the gate as it stands. */
  greet(peer: Peer): void {
    this.setGate(peer, this.gateFor(peer));
  }

  updateAll(): void {
    this.reopen();
    for (const peer of this.context.peers.values()) this.update(peer);
  }

  /**
   * This node is in another's island now: who was apart from that one is apart from this one, if it has not met it itself. `settled`:
   * by what has made them one island.
   */
  inherit(theirs: Readonly<Record<ReplicaId, SeparationData>>, settled: readonly ReplicaId[] = []): void {
    const { separations, self, records, peers } = this.context;
    for (const [replica, separation] of Object.entries(theirs)) {
      if (replica === self.replica || separations.has(replica) || !records.isActive(replica)) continue;
      if (settled.includes(replica)) continue;
      if (peers.get(replica)?.isSettled !== true && !this.liveness.isHeard(replica))
        separations.set(replica, separation);
    }
  }

  /**
   * A joiner is in the island of the member that let it in, and so are those that it let in itself, whose records may have
   * come before its own.
   */
  placeJoiner(record: MemberRecord): void {
    const { separations, records } = this.context;
    const { self } = this.context;
    if (!self.isJoined || record.replica === self.replica) return;
    const separation = record.via === null ? undefined : separations.get(record.via);
    if (separation === undefined || separations.has(record.replica) || this.liveness.isHeard(record.replica)) return;
    separations.set(record.replica, separation);
    for (const other of records.active()) if (other.via === record.replica) this.placeJoiner(other);
  }

  // ---------------------------------------------------------------------------------------------

  /**
   * Two islands that both wrote apart must not come together through a third that has opened to both. So:
   * 1. until both ends are open, the verdict is repeated with what this node's island has by now, and one end that
   *    says split is enough;
   * 2. from the moment this node opens to a peer, the peer's island counts as its own, and all others whose verdict is
   *    still out are told (announceIsland);
   * 3. an island opens through its first member; its other members follow once they hear the peer through it. If the
   *    first member has no link with the peer, they go ahead after a failure timeout.
   */
  private gateFor(peer: Peer): GateState {
    const { separations } = this.context;
    if (!this.context.self.isJoined) return 'joining';
    if (this.isClockOff(peer)) return 'clock-skew';
    if (peer.theirGate === 'clock-skew') return 'comparing';
    if (separations.isSplit(peer.replica)) return 'split';
    if (peer.isSettled) return 'open';
    if (peer.ourGate === 'split' && !separations.has(peer.replica)) {
      // A resolution that took in both ends has released it.
      peer.isSettled = true;
      return 'open';
    }
    if (peer.ourCompare === null || peer.theirCompare === null) return 'comparing';
    // It is about to judge afresh too.
    if (peer.theirGate === 'split' && this.isOld(peer, this.context.self.replica)) return 'comparing';
    if (peer.theirGate === 'split' || this.isApartFromIsland(peer)) return this.split(peer);
    if (isSplitBrain(this.makeCompare(peer), peer.theirCompare)) return this.split(peer);
    return peer.ourGate === 'open' || this.mayOpen(peer) ? 'open' : 'comparing';
  }

  /** Whether what the peer says of its separation from a member is older than a resolution. */
  private isOld({ replica, theirCompare }: Peer, from: ReplicaId): boolean {
    return this.incidents.isOld(theirCompare?.separations[from], replica, from);
  }

  /**
   * Whether one end is held apart from an island-mate of the other, or would get writes of one from whom it is held apart:
   * a split-brain with one is one with all.
   */
  private isApartFromIsland(peer: Peer): boolean {
    const theirs = Object.entries(peer.theirCompare?.separations ?? {}).filter(([from]) => !this.isOld(peer, from));
    if (this.carriesHeld(peer, theirs)) return true;
    const isMate = (replica: ReplicaId): boolean => this.liveness.isInSync(replica) && this.liveness.isHeard(replica);
    if (theirs.some(([replica, { split }]) => split && isMate(replica))) return true;
    return this.islandOf(peer).some((replica) => this.context.separations.isSplit(replica));
  }

  /** A node that was away may have writes of another island without being in sync with anyone there any more. */
  private carriesHeld(peer: Peer, theirs: readonly (readonly [ReplicaId, SeparationData])[]): boolean {
    const ours = this.liveness.islandVector(peer);
    const their = VersionVector.from(peer.theirCompare!.island);
    return (
      this.context.separations.list().some(([replica, { split }]) => split && brings(their, ours, replica)) ||
      theirs.some(([replica, { split }]) => split && brings(ours, their, replica))
    );
  }

  private split(peer: Peer): GateState {
    const { separations, ports } = this.context;
    const known = this.separationFrom(peer);
    const mark = known?.mark ?? this.liveness.islandVector().toData();
    const before = separations.get(peer.replica);
    separations.set(peer.replica, { ...before, sinceMs: known?.sinceMs ?? ports.wallMs(), mark, split: true });
    this.announceIsland();
    return 'split';
  }

  private mayOpen(peer: Peer): boolean {
    const { separations, self, ports } = this.context;
    if (this.isBeingResolved() || this.isOneUndecided()) return false;
    if (!separations.has(peer.replica) || this.liveness.heardIsland()[0] === self.replica) return true;
    return peer.comparedAtMs !== null && ports.monoMs() - peer.comparedAtMs > this.liveness.timeoutMs;
  }

  /** While a plan of its island is made and carried out, an island does not grow: the plan would not have seen the rest. */
  private isBeingResolved(): boolean {
    const { records, self } = this.context;
    return records
      .openIncidents()
      .some(
        ({ state, islands }) =>
          state === 'resolving' && islands.some(({ replicas }) => replicas.includes(self.replica)),
      );
  }

  /**
   * A resolution released a peer here, and not there yet: it opens, or holds this node apart by a record of its own. Until then
   * nobody can say whether its island is this one.
   */
  private isOneUndecided(): boolean {
    return [...this.context.peers.values()].some((peer) => peer.isSettled && peer.ourGate === 'open' && !peer.isOpen);
  }

  private setGate(peer: Peer, gate: GateState): void {
    const { ports, log, door } = this.context;
    // What was compared before a clock went wrong says nothing about what was written since.
    if (gate === 'clock-skew') {
      peer.forgetVerdict();
      if (!door.isShutFor(peer.replica))
        log('warn', `the clock of ${peer.hello.name} is off by ${peer.skewMs} ms: no data is exchanged with it`, {
          kind: 'clock',
          subject: peer.hello.name,
        });
    }
    peer.ourGate = gate;
    if (gate !== 'open') this.onShut(peer);
    this.context.send(peer.link, { type: 'gate', state: gate });
    // Who is apart from whom of those that took part, a resolution that took in both ends has settled.
    const settled = peer.isSettled ? this.incidents.resolvedWith(peer.replica) : [];
    if (gate === 'open') this.inherit(peer.theirCompare?.separations ?? {}, settled);
    if (gate === 'open') this.announceIsland();
    if (peer.isOpen) peer.open(ports.monoMs());
  }

  /** Who is held apart by what is older than a resolution is compared afresh: first it hears that it is not held, then by what. */
  private reopen(): void {
    if (!this.incidents.reopen()) return;
    const { separations, peers } = this.context;
    for (const peer of peers.values()) {
      if (peer.ourGate !== 'split' || separations.get(peer.replica)?.split !== false) continue;
      // What an earlier resolution has settled is not so any more.
      peer.isSettled = false;
      this.setGate(peer, 'comparing');
    }
    this.announceIsland();
  }

  /** Data flows: the peer is in this node's island. */
  private settle(peer: Peer): void {
    peer.isSettled = true;
    this.context.separations.delete(peer.replica);
    this.liveness.expect(peer.replica);
  }

  private announceIsland(): void {
    for (const peer of this.context.peers.values()) {
      if (peer.isSettled || peer.ourGate === 'open' || peer.ourCompare === null) continue;
      peer.ourCompare = this.makeCompare(peer);
      this.context.send(peer.link, peer.ourCompare);
    }
  }

  /** The comparison is made once this node has all records that the peer had, so that resolutions it missed count. */
  private compareIfReady(peer: Peer): void {
    const { replicas, records, send, ports } = this.context;
    if (peer.ourCompare !== null && peer.theirCompare !== null) peer.comparedAtMs ??= ports.monoMs();
    if (!this.context.self.isJoined || peer.ourCompare !== null || this.isClockOff(peer)) return;
    if (peer.firstAck === null || peer.beat === null) return;
    if (!replicas.system.vector.coversAll(VersionVector.from(peer.firstAck.system))) return;
    if (!records.isActive(peer.replica) || peer.theirGate === 'joining' || peer.theirGate === 'clock-skew') return;
    this.reopen();
    peer.ourCompare = this.makeCompare(peer);
    send(peer.link, peer.ourCompare);
  }

  /**
   * Since when this node is apart from the peer's island: since it declared down the first of that island's members, or of the authors
   * whose writes it brings. It may have written after that and died before it declared the peer down, or not yet have noticed the cut.
   */
  private separationFrom(peer: Peer): Separation | undefined {
    const island = this.islandOf(peer);
    const their = VersionVector.from(peer.theirCompare?.island ?? NOTHING);
    const ours = this.liveness.islandVector(peer);
    const known = this.context.separations
      .list()
      .filter(([replica]) => island.includes(replica) || brings(their, ours, replica))
      .map(([, separation]) => separation);
    return known.length === 0 ? undefined : known.reduce(earlier);
  }

  /** By its latest beat, and by what it says of those to whom it is about to open. */
  private islandOf({ replica, beat, theirCompare }: Peer): ReplicaId[] {
    const members = new Set([replica, ...Object.keys(beat?.seen ?? {}), ...(theirCompare?.members ?? [])]);
    members.delete(this.context.self.replica);
    return [...members];
  }

  private makeCompare(peer: Peer): Compare {
    const separation = this.separationFrom(peer);
    return {
      type: 'compare',
      island: this.liveness.islandVector(peer).toData(),
      members: [...new Set([...this.liveness.heardIsland(), ...this.incidents.opened()])],
      mark: separation?.mark ?? null,
      sinceMs: separation?.sinceMs ?? 0,
      separations: this.context.separations.toData(),
    };
  }

  /** R15: by the clock that it shows, or by the times of what it sends. */
  private isClockOff(peer: Peer): boolean {
    const { door, records } = this.context;
    const limitMs = records.settings()['clock-skew-limit'];
    return door.isShutFor(peer.replica) || (peer.skewMs !== null && Math.abs(peer.skewMs) > limitMs);
  }
}

/** Whether `from` has writes of the author that `to` lacks. */
function brings(from: VersionVector, to: VersionVector, author: ReplicaId): boolean {
  return [...from.seqs].some(([origin, seq]) => replicaOf(origin) === author && !to.covers(origin, seq));
}
