import type { Context } from '../context.js';
import { VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import { beatIntervalMs } from '../replication/beats.js';
import type { Beat, Sighting } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';

/** Every so many beats one carries all acknowledgements. */
const FULL_BEATS = 5;

/** The latest beat of a member that was heard, and when (monotonic). Boot 0: none yet, it is only waited for. */
interface Heard extends Sighting {
  readonly atMs: number;
  readonly stateSinceMs: number;
}

/**
 * R10, who is in sync with whom: beats go out over every link; a member counts as in this node's island while its beat
 * counter grows, heard directly or passed on, over open links only. When that has stood still for the failure timeout,
 * the member is declared down, and what the island has at that moment is kept as the mark of the separation.
 */
export class Liveness {
  private readonly heard = new Map<ReplicaId, Heard>();
  /** When members were last heard over a link of their own that is gone (monotonic), open or not. */
  private readonly lastLinks = new Map<ReplicaId, number>();
  /** The instances that said they stop. */
  private readonly goodbyes = new Map<ReplicaId, number>();
  private count = 1;
  /** The last beat before this node began to leave; null: it stays. */
  private leavesAfter: number | null = null;
  private lastBeatMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly context: Context) {}

  /** How many beats went out so far. */
  get beats(): number {
    return this.count;
  }

  get timeoutMs(): number {
    return this.context.records.settings()['failure-timeout'];
  }

  get intervalMs(): number {
    return beatIntervalMs(this.timeoutMs);
  }

  /** Members in sync with this node, itself included, in order of their ids. */
  island(): ReplicaId[] {
    const { records, self } = this.context;
    return records
      .active()
      .map((member) => member.replica)
      .filter((replica) => replica === self.replica || this.isInSync(replica));
  }

  /** The island without those who were only waited for so far: after a start that is everybody. */
  heardIsland(): ReplicaId[] {
    return this.island().filter((replica) => replica === this.context.self.replica || this.isHeard(replica));
  }

  /**
   * All that this node's island has, as far as known here; islands to which it is about to open count, but for one peer's.
   * A member that was only waited for so far does not: after a start it may belong to another island.
   */
  islandVector(except?: Peer): VersionVector {
    const { replicas, acks, self, peers } = this.context;
    const vector = (replicas.data.vector as VersionVector).clone();
    for (const member of this.heardIsland()) {
      const ack = member === self.replica || member === except?.replica ? undefined : acks.latest(member);
      if (ack !== undefined) vector.merge(ack.data);
    }
    for (const peer of peers.values()) {
      if (peer !== except && peer.ourGate === 'open' && peer.theirCompare !== null) {
        vector.merge(VersionVector.from(peer.theirCompare.island));
      }
    }
    return vector;
  }

  isInSync(replica: ReplicaId): boolean {
    const heard = this.heard.get(replica);
    return heard !== undefined && !this.context.separations.has(replica) && this.isFresh(heard.atMs);
  }

  /** Whether data flows between the member and this node, or a beat of it came over an open path within the failure timeout. */
  isHeard(replica: ReplicaId): boolean {
    const peer = this.context.peers.get(replica);
    if (peer?.isSettled === true && peer.isOpen) return true;
    const heard = this.heard.get(replica);
    return heard !== undefined && heard.count > 0 && this.isFresh(heard.atMs);
  }

  /** A member that was just met, or whom this node has just started to wait for, has one failure timeout to be heard. */
  expect(replica: ReplicaId): void {
    const atMs = this.context.ports.monoMs();
    const known = this.heard.get(replica);
    const { boot = 0, count = 0, stateSinceMs = atMs } = known ?? {};
    this.heard.set(replica, { boot, count, atMs, stateSinceMs });
  }

  /** A resolution has released a member: what was heard of it before they were apart does not make it an island-mate. */
  expectAnew(replica: ReplicaId): void {
    this.expect(replica);
    this.heard.set(replica, { ...this.heard.get(replica)!, count: 0 });
  }

  forget(replica: ReplicaId): void {
    this.heard.delete(replica);
    this.goodbyes.delete(replica);
    this.lastLinks.delete(replica);
  }

  /** Declare members down that were silent for the failure timeout. Not before this node serves. */
  detect(): void {
    const { records, self, separations, peers, ports } = this.context;
    for (const { replica, name } of records.active()) {
      if (replica === self.replica || separations.has(replica)) continue;
      const heard = this.heard.get(replica);
      if (heard === undefined) this.expect(replica);
      else if (!this.isFresh(heard.atMs) && peers.get(replica)?.theirGate !== 'joining') {
        separations.set(replica, { sinceMs: ports.wallMs(), mark: this.islandVector().toData(), split: false });
        // It may have stopped before its first beat.
        const isStopped = this.goodbyes.has(replica) && [0, this.goodbyes.get(replica)].includes(heard.boot);
        const about = { kind: 'down', subject: name } as const;
        if (isStopped) this.context.log('info', `${name} counts as down: it was stopped`, about);
        else this.context.log('warn', `${name} is down: nothing heard for ${this.timeoutMs} ms`, about);
      }
    }
  }

  /** That nothing will be heard of it is no surprise. */
  saidGoodbye(replica: ReplicaId, boot: number): void {
    this.goodbyes.set(replica, boot);
  }

  /** Send beats if it is time. Returns whether they went out. */
  beat(): boolean {
    const nowMs = this.context.ports.monoMs();
    if (nowMs - this.lastBeatMs < this.intervalMs) return false;
    this.lastBeatMs = nowMs;
    this.count++;
    for (const peer of this.context.peers.values()) this.beatTo(peer);
    return true;
  }

  beatTo(peer: Peer): void {
    // A disk that fails or stands still must not make the node seem dead: a beat tells nothing else that it could forget.
    this.context.send(peer.link, this.makeBeat(peer), this.context.separations.position);
  }

  /** Take in a beat: the peer's clock, and over an open link who else is alive. */
  receive(peer: Peer, beat: Beat): void {
    const { ports, acks, records } = this.context;
    peer.beat = beat;
    peer.beatAtMs = ports.wallMs();
    peer.linked = new Set(beat.links);
    this.measure(peer, beat);
    if (peer.carriesSystem) {
      for (const [replica, ack] of Object.entries(beat.acks)) if (records.isActive(replica)) acks.note(replica, ack);
    }
    this.turnRelay(peer);
    if (!peer.isOpen) return;
    for (const [replica, sighting] of Object.entries(beat.seen)) this.hear(replica, sighting, replica === peer.replica);
    for (const [replica, separation] of Object.entries(beat.apart))
      this.context.separations.lowerMark(replica, separation);
  }

  private turnRelay(peer: Peer): void {
    const { acks, replicas } = this.context;
    const known = acks.latest(peer.replica);
    if (known?.boot === peer.hello.boot) peer.learn(known);
    peer.turnRelay({ data: replicas.data.vector, system: replicas.system.vector });
  }

  /** The instance of the member that was heard last, and when (monotonic). */
  heardOf(replica: ReplicaId): Readonly<Heard> | undefined {
    return this.heard.get(replica);
  }

  linkLost({ replica, heardAtMs }: Peer): void {
    this.lastLinks.set(replica, heardAtMs);
  }

  /** When a member without a link was last heard, over whatever link (monotonic). One that was only waited for was not. */
  lastHeardMs(replica: ReplicaId): number | undefined {
    const heard = this.heard.get(replica);
    const openMs = heard === undefined || heard.count === 0 ? undefined : heard.atMs;
    const linkMs = this.lastLinks.get(replica);
    return openMs === undefined || linkMs === undefined ? (openMs ?? linkMs) : Math.max(openMs, linkMs);
  }

  /** When the member was last heard over an open path, or this node began to wait for it (monotonic). */
  heardAtMs(replica: ReplicaId): number | undefined {
    return this.heard.get(replica)?.atMs;
  }

  /** `isDirect`: by the member itself. That is a sign of life whatever others have said that its counter was. */
  private hear(replica: ReplicaId, { boot, count }: Sighting, isDirect = false): void {
    const { ports, separations, records, self } = this.context;
    if (replica === self.replica || !records.isActive(replica)) return;
    const known = this.heard.get(replica);
    const isNews = known === undefined || boot > known.boot || (boot === known.boot && count > known.count);
    if (!isNews && !isDirect) return;
    const nowMs = ports.monoMs();
    this.heard.set(replica, { boot, count, atMs: nowMs, stateSinceMs: known?.stateSinceMs ?? nowMs });
    // Reachable over open links, if not directly: entries flow, so there is nothing to compare.
    if (separations.has(replica) && !separations.isSplit(replica)) separations.delete(replica);
  }

  /** Say in all beats from now on that this node is leaving, or no more. */
  announceLeaving(leaves: boolean): void {
    this.leavesAfter = leaves ? (this.leavesAfter ?? this.count) : null;
  }

  /** Whether a peer knows that this node is leaving, and was not leaving itself when it said so: of two that leave, one at most has that of the other. */
  staysKnowingly({ beat }: Peer): boolean {
    const knows = this.leavesAfter !== null && beat?.echo != null && beat.echo.count > this.leavesAfter;
    return knows && beat.leaves !== true;
  }

  private isFresh(atMs: number): boolean {
    return this.context.ports.monoMs() - atMs < this.timeoutMs;
  }

  private makeBeat(peer: Peer): Beat {
    const { ports, clock, separations, acks, self, peers } = this.context;
    const seen: Record<ReplicaId, Sighting> = {};
    for (const member of this.heardIsland()) {
      const { boot = 0, count = 0 } = this.heard.get(member) ?? {};
      seen[member] = member === self.replica ? { boot: self.boot, count: this.count } : { boot, count };
    }
    return {
      type: 'beat',
      count: this.count,
      wallMs: ports.wallMs(),
      hlc: clock.last,
      echo:
        peer.beat === null
          ? null
          : { wallMs: peer.beat.wallMs, ageMs: ports.wallMs() - peer.beatAtMs, count: peer.beat.count },
      gate: peer.ourGate,
      leaves: this.leavesAfter === null ? undefined : true,
      seen,
      links: [...peers.values()].filter((other) => other.isOpen).map(({ replica }) => replica),
      apart: separations.toData(),
      // What its receiver hears itself is told it only now and then, in case it was set back since.
      acks: acks.toData(
        (replica) =>
          this.count % FULL_BEATS !== 0 &&
          (replica === peer.replica || (peer.linked?.has(replica) === true && replica !== self.replica)),
      ),
    };
  }

  /** Cristian's algorithm: half of the round trip is taken for the way of the beat. */
  private measure(peer: Peer, beat: Beat): void {
    const nowMs = this.context.ports.wallMs();
    if (beat.echo !== null) peer.roundTripMs = Math.max(0, nowMs - beat.echo.wallMs - beat.echo.ageMs);
    peer.skewMs = Math.round(beat.wallMs + (peer.roundTripMs ?? 0) / 2 - nowMs);
  }
}
