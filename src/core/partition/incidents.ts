import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import type { IncidentRecord, IslandRecord } from '../membership/records.js';
import { readPolicy } from '../model/policy-text.js';
import { type VectorData, VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import { beatIntervalMs } from '../replication/beats.js';
import type { SeparationData } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import type { Strategy } from '../resolution/strategy.js';
import { writesSince } from './split-brain.js';

/** Wait this many beats after the first verdict, so that one incident holds all islands that come into reach together. */
const SETTLE_BEATS = 2;
/** No longer than this, however slow the beats: comparing takes some round trips, not some beats. */
const SETTLE_MS = 500;
/** If the member whose turn it is does not act, any other does after this many beats. */
const PATIENCE_BEATS = 10;
/** How long to wait for room at another member. */
const LACKING_MS = 60_000;

/**
 * The records of split-brains: written once by one member (the one with the smallest id among those in reach), replicated
 * to all over links that hold back entries. Every node holds apart the islands that an open record names.
 */
export class Incidents {
  private waitingSinceMs: number | null = null;
  /** The incident that was tried last: it is not tried again at once, another one is. */
  private tried = { id: '', retryAtMs: 0 };
  /** For which another member had no room to set aside what it overrides. */
  private lacking: { readonly id: string; readonly untilMs: number } | null = null;

  /** The one that is waited for, with the time of its latest acknowledgement by its own clock and when that was heard (monotonic). */
  private executor = { replica: '', saidMs: 0, heardMs: 0 };

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
  ) {}

  tick(): void {
    this.obey();
    this.detect();
    for (const incident of this.context.records.openIncidents()) this.drive(incident);
  }

  /** Members held apart from this node that can be reached now. */
  heldPeers(): Peer[] {
    const { peers, separations } = this.context;
    return [...peers.values()].filter((peer) => separations.isSplit(peer.replica));
  }

  /** Those to whom this node has opened, and who may not have heard of it yet. Their islands count as its own (see Gates). */
  opened(): ReplicaId[] {
    return [...this.context.peers.values()].filter(({ ourGate }) => ourGate === 'open').map(({ replica }) => replica);
  }

  /** This node's island and what is held apart from it, of an incident or (null) of now. */
  islands(): IslandRecord[] {
    const own = this.liveness.heardIsland();
    const islands: Set<ReplicaId>[] = [];
    for (const peer of this.heldPeers()) {
      const members = this.islandOf(peer, own);
      const known = islands.find((island) => [...members].some((member) => island.has(member)));
      if (known === undefined) islands.push(members);
      else for (const member of members) known.add(member);
    }
    const others = islands.map((island) => ({ replicas: [...island].sort(), writes: this.writesOf(island) }));
    return [
      { replicas: own, writes: this.ownWrites() },
      ...others.sort((a, b) => (a.replicas[0]! < b.replicas[0]! ? -1 : 1)),
    ];
  }

  /**
   * Lets a resolved record end the separations that it covers, on every node alike. A node whose island has taken in another
   * one since the plan was made stays apart: a record of its own will say so, and be resolved in turn. What participants wrote
   * after they met the fence, as this node has, lies beyond it.
   */
  release(incident: IncidentRecord): void {
    const { self, separations, peers, records, replicas, fences } = this.context;
    if (incident.covered === null || !incident.participants.includes(self.replica)) return;
    const island = [...this.liveness.heardIsland(), ...this.opened().filter((replica) => records.isActive(replica))];
    if (island.some((replica) => !incident.participants.includes(replica))) return;
    const hasMet = fences.get(incident.id)?.fence === incident.fence;
    const isLater = (author: ReplicaId): boolean => hasMet && incident.participants.includes(author);
    if (replicas.data.hasUpTo(incident.fence ?? 0, VersionVector.from(incident.covered), isLater)) return;
    // Whose link was lost since the fence may count this node as down: what it has written meanwhile it wrote apart from them all.
    const others = this.othersIn(incident).filter((replica) => incident.participants.includes(replica));
    const hasWritten =
      replicas.data.vector.get(replicas.data.origin) > (incident.covered.seqs[replicas.data.origin] ?? 0);
    const wasCutOff = others.some((replica) => peers.get(replica)?.fencesMet.has(incident.fence ?? 0) === false);
    for (const replica of others) {
      if (peers.has(replica) && !(hasWritten && wasCutOff)) {
        separations.delete(replica);
        this.liveness.expectAnew(replica);
      } else separations.raiseMark(replica, incident.covered, false);
    }
  }

  /**
   * Resolutions that two members did not both take part in, and that are later than the verdict which holds them apart: it is given
   * afresh then, by what they have written since.
   */
  private resolvedSince({ mark, judgedMs = 0 }: SeparationData, one: ReplicaId, other: ReplicaId): Resolved[] {
    if (this.context.records.openIncidents().some((incident) => separates(incident, one, other))) return [];
    return this.resolved().filter(
      ({ participants, covered, resolvedMs }) =>
        !(participants.includes(one) && participants.includes(other)) &&
        (resolvedMs ?? 0) > judgedMs &&
        !isWithin(VersionVector.from(covered), mark),
    );
  }

  /** Who took part in the latest resolution that took in this node and another member. */
  resolvedWith(replica: ReplicaId): readonly ReplicaId[] {
    const { self } = this.context;
    const both = this.resolved().filter((one) =>
      [self.replica, replica].every((end) => one.participants.includes(end)),
    );
    return (
      both.reduce<Resolved | null>((a, b) => (a !== null && (a.resolvedMs ?? 0) > (b.resolvedMs ?? 0) ? a : b), null)
        ?.participants ?? []
    );
  }

  /** Whether two members are held apart since before a resolution. */
  isOld(separation: SeparationData | undefined, one: ReplicaId, other: ReplicaId): boolean {
    return separation?.split === true && this.resolvedSince(separation, one, other).length > 0;
  }

  /**
   * Whom this node holds apart since before a resolution, it holds so no more. If it has missed that, only what it has beyond what the
   * plan saw counts as written apart. Returns whether there was one.
   */
  reopen(): boolean {
    const { separations, self } = this.context;
    let isAny = false;
    for (const [replica, separation] of separations.list()) {
      const since = separation.split ? this.resolvedSince(separation, self.replica, replica) : [];
      const [missed, tookPart] = partition(since, ({ participants }) => !participants.includes(self.replica));
      // Who took part may not have got all of it yet.
      if (since.length === 0 || !tookPart.every((one) => this.hasAllOf(one))) continue;
      const mark = VersionVector.from(separation.mark);
      for (const { covered } of missed) mark.merge(VersionVector.from(covered));
      const judgedMs = Math.max(...since.map(({ resolvedMs }) => resolvedMs ?? 0));
      separations.set(replica, { ...separation, mark: mark.toData(), split: false, judgedMs });
      isAny = true;
    }
    return isAny;
  }

  private hasAllOf({ covered }: Resolved): boolean {
    return this.liveness.islandVector().coversAll(VersionVector.from(covered));
  }

  private resolved(): Resolved[] {
    return this.context.records
      .incidentList()
      .filter((one): one is Resolved => one.kind === 'split-brain' && one.state === 'resolved' && one.covered !== null);
  }

  /**
   * An open record that names this node and a peer in different islands holds them apart, whatever the verdict was.
   * Returns whether somebody was not held apart before; gates must be shut then at once.
   */
  obey(): boolean {
    let isNew = false;
    const { records, separations, ports, self } = this.context;
    for (const incident of records.openIncidents()) {
      for (const replica of this.othersIn(incident)) {
        if (replica === self.replica || separations.isSplit(replica) || !records.isActive(replica)) continue;
        const known = separations.get(replica);
        separations.set(replica, {
          ...known,
          sinceMs: known?.sinceMs ?? ports.wallMs(),
          mark: known?.mark ?? this.liveness.islandVector().toData(),
          split: true,
        });
        isNew = true;
      }
    }
    return isNew;
  }

  /** Hand an incident to an executor, who finds it there and carries it out. */
  assign(
    { asked: _before, lacks: _lacked, ...incident }: IncidentRecord,
    strategy: Strategy,
    executor: ReplicaId,
    by: 'on-heal' | 'operator',
    asked: string | null = null,
  ): void {
    this.context.records.putIncident({
      ...incident,
      ...(asked === null ? {} : { asked }),
      state: 'resolving',
      strategy,
      executor,
      by,
      problem: null,
      fence: incident.state === 'resolving' ? incident.fence : null,
    });
  }

  /** Write down a split-brain that no open record covers yet. */
  private detect(): void {
    const { records, ports, self } = this.context;
    const open = records.openIncidents();
    const news = this.heldPeers().filter((peer) => !open.some((one) => separates(one, self.replica, peer.replica)));
    // While a resolution runs, what the others' beats say of their islands is about to change.
    if (news.length === 0 || open.some((one) => one.state === 'resolving')) {
      this.waitingSinceMs = null;
      return;
    }
    this.waitingSinceMs ??= ports.monoMs();
    const waitedMs = ports.monoMs() - this.waitingSinceMs;
    const beatMs = beatIntervalMs(this.liveness.timeoutMs);
    const settleMs = this.isEverybodyMet() ? 0 : Math.min(SETTLE_BEATS * beatMs, SETTLE_MS);
    // What is older than a resolution is about to be judged afresh.
    const isOld = news.every(({ replica }) => this.isOld(this.context.separations.get(replica), self.replica, replica));
    if (waitedMs < (this.isFirstInReach() && !isOld ? settleMs : PATIENCE_BEATS * beatMs)) return;
    this.waitingSinceMs = null;
    const waiting = open.find((one) => one.state === 'open');
    if (waiting !== undefined) records.putIncident({ ...waiting, islands: this.islands() });
    else if (open.length === 0) this.create();
  }

  private create(): void {
    const { records, ports, separations } = this.context;
    const nowMs = ports.wallMs();
    const since = this.heldPeers().map((peer) => separations.get(peer.replica)!.sinceMs);
    const incident: IncidentRecord = {
      id: incidentId(nowMs, ports.random()),
      kind: 'split-brain',
      state: 'open',
      separatedMs: Math.min(nowMs, ...since),
      detectedMs: nowMs,
      resolvedMs: null,
      islands: this.islands(),
      strategy: null,
      by: null,
      executor: null,
      counts: null,
      setAside: 0,
      problem: null,
      fence: null,
      participants: [],
      covered: null,
    };
    records.putIncident(incident);
  }

  /** What the cluster's setting says happens to an open incident, and to one whose executor is gone. */
  private drive(incident: IncidentRecord): void {
    if (!this.isTurnOf(incident)) return;
    if (this.isMoot(incident)) return this.close(incident);
    if (incident.state === 'resolving') {
      if (incident.executor !== null && this.isSilent(incident.executor)) {
        this.context.records.putIncident({
          ...incident,
          state: 'open',
          problem: 'the node that resolved it went away',
        });
      }
      return;
    }
    const onHeal = this.context.records.settings()['on-heal'];
    const nowMs = this.context.ports.monoMs();
    if (onHeal === 'manual' || (this.tried.id === incident.id && nowMs < this.tried.retryAtMs)) return;
    if (this.heldPeers().every((peer) => !separates(incident, this.context.self.replica, peer.replica))) return;
    if (this.stillLacks(incident)) return;
    this.tried = { id: incident.id, retryAtMs: nowMs + PATIENCE_BEATS * this.liveness.intervalMs };
    if (onHeal !== 'promote-oldest' && onHeal !== 'promote-largest') return this.merge(incident, onHeal);
    const node = onHeal === 'promote-oldest' ? this.oldest(incident) : this.largest(incident);
    if (node !== undefined) this.assign(incident, { kind: 'promote', node }, node, 'on-heal');
  }

  /**
   * Whether nothing was heard of an executor for the failure timeout, whichever way: where the network is cut between it and this node
   * alone, others pass on what it acknowledges, over links between islands, too.
   */
  private isSilent(executor: ReplicaId): boolean {
    const { acks, ports } = this.context;
    const nowMs = ports.monoMs();
    const saidMs = acks.latest(executor)?.atMs ?? 0;
    const isNews = this.executor.replica !== executor || this.executor.saidMs !== saidMs;
    if (isNews || this.isInReach(executor)) this.executor = { replica: executor, saidMs, heardMs: nowMs };
    return nowMs - this.executor.heardMs > this.liveness.timeoutMs;
  }

  /** Whether what it would set aside has no room yet. What another member has is not known: it is asked again by and by. */
  private stillLacks({ id, lacks }: IncidentRecord): boolean {
    if (lacks === undefined) return false;
    const { asideRoom, ports, self } = this.context;
    if (lacks.at === self.replica) return asideRoom.lackFor(lacks) !== null;
    if (this.lacking?.id !== id) this.lacking = { id, untilMs: ports.monoMs() + LACKING_MS };
    if (ports.monoMs() < this.lacking.untilMs) return true;
    this.lacking = null;
    return false;
  }

  /** As an operator would by the same policy. What that leaves to the operator is tried once. */
  private merge(incident: IncidentRecord, onHeal: string): void {
    const { records, self } = this.context;
    if (incident.leftBy === onHeal) return;
    const unknown: string[] = [];
    const nodeOf = (name: string): ReplicaId => {
      const replica = records.byName(name)?.replica;
      if (replica === undefined) unknown.push(name);
      return replica ?? name;
    };
    const policy = onHeal === 'merge' ? ({ policy: 'lww' } as const) : readPolicy(onHeal, nodeOf);
    if (policy !== null && unknown.length === 0)
      return this.assign(incident, { kind: 'merge', ...policy }, self.replica, 'on-heal');
    // Not by another policy than was meant.
    const problem = `on-heal prefers ${unknown.join(', ')}, which is no member`;
    records.putIncident({ ...incident, problem, leftBy: onHeal });
  }

  /** All of its islands but one are gone, or have come together: there is nothing to resolve. */
  private isMoot(incident: IncidentRecord): boolean {
    const { records } = this.context;
    const islands = incident.islands
      .map((island) => island.replicas.filter((replica) => records.isActive(replica)))
      .filter((replicas) => replicas.length > 0);
    if (islands.length < 2) return true;
    const together = new Set(this.liveness.island());
    return islands.flat().every((replica) => together.has(replica));
  }

  private close(incident: IncidentRecord): void {
    const problem = 'closed without a resolution: its islands came together, or all but one were forgotten';
    const resolvedMs = this.context.ports.wallMs();
    this.context.records.putIncident({ ...incident, state: 'resolved', resolvedMs, problem });
  }

  private oldest(incident: IncidentRecord): ReplicaId | undefined {
    const { records } = this.context;
    return this.inReach(incident).sort(
      (a, b) => records.member(a)!.joinedMs - records.member(b)!.joinedMs || (a < b ? -1 : 1),
    )[0];
  }

  private largest(incident: IncidentRecord): ReplicaId | undefined {
    const reachable = this.inReach(incident);
    const islands = incident.islands.map((island) => island.replicas.filter((replica) => reachable.includes(replica)));
    return islands.sort((a, b) => b.length - a.length || ((a[0] ?? '') < (b[0] ?? '') ? -1 : 1))[0]?.[0];
  }

  private isTurnOf(incident: IncidentRecord): boolean {
    return this.inReach(incident)[0] === this.context.self.replica;
  }

  private isFirstInReach(): boolean {
    const reach = [...this.liveness.island(), ...this.heldPeers().map((peer) => peer.replica)].sort();
    return reach[0] === this.context.self.replica;
  }

  /** Nobody else can come into reach: each member is of this node's island, or is held apart and has told who is with it. */
  private isEverybodyMet(): boolean {
    const { peers, records, separations } = this.context;
    const own = this.liveness.heardIsland();
    const isHeld = (replica: ReplicaId): boolean =>
      separations.isSplit(replica) && (peers.get(replica)?.beat ?? null) !== null;
    return records.active().every(({ replica }) => own.includes(replica) || isHeld(replica));
  }

  /** But for those that came back with less than they once acknowledged: no log reaches back to what they lack, so they read none. */
  private inReach(incident: IncidentRecord): ReplicaId[] {
    return incident.islands
      .flatMap((island) => island.replicas)
      .filter((replica) => this.isInReach(replica) && this.context.records.openSetBacks(replica).length === 0)
      .sort();
  }

  isInReach(replica: ReplicaId): boolean {
    const { self, peers, records } = this.context;
    if (!records.isActive(replica)) return false;
    return replica === self.replica || peers.has(replica) || this.liveness.isInSync(replica);
  }

  /** The members that an incident holds apart from this node. */
  private othersIn(incident: IncidentRecord): ReplicaId[] {
    const { self } = this.context;
    const own = incident.islands.find((island) => island.replicas.includes(self.replica));
    if (own === undefined) return [];
    return incident.islands.filter((island) => island !== own).flatMap((island) => island.replicas);
  }

  private islandOf(peer: Peer, own: readonly ReplicaId[]): Set<ReplicaId> {
    const seen = Object.keys(peer.beat?.seen ?? {});
    const members = seen.filter((replica) => this.context.records.isActive(replica) && !own.includes(replica));
    return new Set([peer.replica, ...members]);
  }

  /** Since it counted the other side as down, or that this side lacks: some were made between the cut and that moment. */
  private writesOf(island: ReadonlySet<ReplicaId>): number {
    const mark = this.liveness.islandVector().toData();
    const compares = [...island].flatMap((replica) => this.context.peers.get(replica)?.theirCompare ?? []);
    return Math.max(0, ...compares.flatMap((theirs) => [writesSince(theirs), writesSince({ ...theirs, mark })]));
  }

  private ownWrites(): number {
    const island = this.liveness.islandVector().toData();
    const marks = this.heldPeers().flatMap(({ replica, theirCompare }) => [
      this.context.separations.get(replica)!.mark,
      theirCompare?.island ?? null,
    ]);
    return Math.max(0, ...marks.map((mark) => writesSince({ island, mark })));
  }
}

type Resolved = IncidentRecord & { readonly covered: VectorData };

function partition<T>(items: readonly T[], isFirst: (item: T) => boolean): [T[], T[]] {
  return [items.filter(isFirst), items.filter((item) => !isFirst(item))];
}

/** Whether the incident has the two members in different islands. */
export function separates(incident: IncidentRecord, one: ReplicaId, other: ReplicaId): boolean {
  const islandOf = (replica: ReplicaId): number =>
    incident.islands.findIndex((island) => island.replicas.includes(replica));
  return islandOf(one) >= 0 && islandOf(other) >= 0 && islandOf(one) !== islandOf(other);
}

/** Sorts by time, can be said on the phone: 20261123-031500-x7. */
export function incidentId(nowMs: number, random: number): string {
  const iso = new Date(nowMs).toISOString();
  const time = `${iso.slice(0, 10).replaceAll('-', '')}-${iso.slice(11, 19).replaceAll(':', '')}`;
  return `${time}-${Math.floor(random * 36 ** 4)
    .toString(36)
    .padStart(4, '0')}`;
}

/** Whether a plan saw all that an island has. */
function isWithin(island: VersionVector, covered: VectorData): boolean {
  return VersionVector.from(covered).coversAll(island);
}
