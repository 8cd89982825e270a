import { AckTable } from './acks.js';
import { BUCKETS, type Bytes } from './bytes.js';
import type { Context, Effect, Ports, Self } from './context.js';
import { type Entry, isLive } from './entry.js';
import { OperatorError } from './errors.js';
import { feed } from './feed.js';
import { admit, joinerRecord } from './handshake.js';
import { HybridClock } from './hlc.js';
import { Housekeeping } from './housekeeping.js';
import { Incidents } from './incidents.js';
import { Liveness } from './liveness.js';
import type { Compare, GateState, Hello, Message, Refuse, SeparationData } from './messages.js';
import { PROTOCOL } from './messages.js';
import { Peer } from './peer.js';
import { type Decisions, makePlan, type Plan, type Strategy } from './plan.js';
import { type IncidentRecord, type MemberRecord, Records, type Settings } from './records.js';
import { Replica } from './replica.js';
import { measuredSkewMs, Resolution } from './resolution.js';
import { Separations } from './separations.js';
import { SnapshotGiver, SnapshotTaker } from './snapshot.js';
import { isSplitBrain } from './split-brain.js';
import { READ_BYTES, Staging } from './staging.js';
import { GROUPS, type Group } from './store.js';
import { Undo, type UndoRequest, type UndoResult } from './undo.js';
import { VersionVector } from './vector.js';
import { originOf, type ReplicaId } from './version.js';

export interface NodeOptions {
  readonly replica: ReplicaId;
  readonly boot: number;
  readonly name: string;
  readonly address: string;
  readonly memoryOnly: boolean;
  /** null: join the cluster of one of the seeds. */
  readonly clusterId: string | null;
  /** The founder of a cluster: writes its own member record and these settings. */
  readonly founds: boolean;
  readonly settings?: Partial<Settings>;
}

export type NodeState = 'joining' | 'loading' | 'serving' | 'no-quorum' | 'stopping';

interface Wait<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

/**
 * One node of a cluster, without its disk, sockets and clocks: events come in by the methods, what is to be done comes out
 * by `takeEffects`. Invariants, in order of their rules:
 * - data entries are applied from a peer only while both gates are open, or as a snapshot that this node asked for (R11);
 * - a gate opens by a verdict of catch-up, or by a resolution that took in both ends, and by nothing else (R10, R12);
 * - every message is sent only once all that this node had when it was made is durable (R6).
 */
export class NodeCore {
  readonly context: Context;
  readonly liveness: Liveness;
  readonly incidents: Incidents;
  private readonly housekeeping: Housekeeping;
  private readonly startedMonoMs: number;
  private effects: Effect[] = [];
  /** Links whose hello is not in yet. */
  private readonly greeting = new Map<number, { weDialled: boolean; sinceMs: number }>();
  private readonly linkPeers = new Map<number, Peer>();
  private readonly givers = new Map<number, SnapshotGiver>();
  private taker: { link: number; id: number; snapshot: SnapshotTaker | null } | null = null;
  /** The giver of the snapshot that this node has taken, while it still lacks some of the log. */
  private joiningFrom: Peer | null = null;
  private readonly cuts = new Set<ReplicaId>();
  /** Peers that are members no more; their links end with the next pump. */
  private readonly expelled: Peer[] = [];
  private joined: boolean;
  private serves = false;
  private stops = false;
  private resolution: Resolution | null = null;
  private decisions: { incident: string; decisions: Decisions } | null = null;
  private reads = 0;
  private readonly planning: {
    staging: Staging;
    strategy: Strategy;
    decisions: Decisions;
    wait: Wait<Plan>;
    untilMs: number;
  }[] = [];
  private readonly resolving: { incident: string; wait: Wait<IncidentRecord> }[] = [];
  private readonly undoing: { undo: Undo; wait: Wait<UndoResult> }[] = [];

  constructor(
    ports: Ports,
    options: NodeOptions,
    /** Called after a peer acknowledged something, for WAIT. */
    readonly onAck: () => void = () => {},
  ) {
    const { storage } = ports;
    const clock = new HybridClock(() => ports.wallMs(), storage.clock);
    const origin = originOf(options.replica, options.boot);
    const system = new Replica('system', origin, storage.store('system'), clock, (entry) => this.systemChanged(entry));
    const data = new Replica('data', origin, storage.store('data'), clock);
    const { replica, boot, name, address, memoryOnly, clusterId } = options;
    const self: Self = { replica, boot, name, address, memoryOnly, clusterId };
    this.context = {
      ports,
      self,
      clock,
      replicas: { data, system },
      records: new Records(system),
      acks: new AckTable(),
      separations: new Separations(storage),
      peers: new Map(),
      send: (link, message) => this.effects.push({ kind: 'send', link, message, position: storage.position }),
      effect: (effect) => this.effects.push(effect),
      log: (level, message) => this.effects.push({ kind: 'log', level, message }),
    };
    this.loadRecords();
    this.liveness = new Liveness(this.context);
    this.incidents = new Incidents(this.context, this.liveness);
    this.housekeeping = new Housekeeping(this.context);
    this.startedMonoMs = ports.monoMs();
    this.joined = options.founds || storage.getMeta('joined') === true;
    if (options.founds) this.found(options.settings ?? {});
    else if (this.joined) this.announceSelf();
    for (const member of this.context.records.active()) this.liveness.expect(member.replica);
  }

  // ---- events from the driver

  /** A connection stands. The dialling end greets first. */
  linkUp(link: number, weDialled: boolean): void {
    this.greeting.set(link, { weDialled, sinceMs: this.context.ports.monoMs() });
    if (weDialled) this.context.send(link, this.hello());
  }

  linkDown(link: number): void {
    this.greeting.delete(link);
    this.givers.delete(link);
    if (this.taker?.link === link) this.taker = null;
    const peer = this.linkPeers.get(link);
    this.linkPeers.delete(link);
    if (this.joiningFrom === peer) this.joiningFrom = null;
    if (peer === undefined || this.context.peers.get(peer.replica) !== peer) return;
    this.context.peers.delete(peer.replica);
    this.resolution?.linkDown();
    for (const { staging } of this.planning) staging.dropped();
  }

  receive(link: number, message: Message): void {
    const peer = this.linkPeers.get(link);
    if (message.type === 'hello') return this.receiveHello(link, message);
    if (message.type === 'refuse') return this.receiveRefuse(link, message);
    if (peer === undefined) return;
    peer.heardAtMs = this.context.ports.monoMs();
    this.dispatch(peer, message);
  }

  /** The storage is durable up to this position. To be called after every sync, and once after the start. */
  durable(position: number): void {
    this.housekeeping.durable(position);
  }

  /** To be called some ten times per failure timeout. */
  tick(): void {
    this.closeSilentLinks();
    if (this.joined && !this.stops) this.liveness.detect();
    if (this.liveness.beat()) this.turnRelays();
    if (this.joined) {
      this.housekeeping.tick();
      this.incidents.tick();
    }
    this.updateGates();
    this.updateServing();
    this.work();
    this.pump();
  }

  /** A step of what runs in slices. Gives whether there is more to do at once. */
  work(): boolean {
    this.runResolution();
    this.runPlans();
    const undo = this.undoing[0];
    if (undo !== undefined) this.runUndo(undo.undo, undo.wait);
    const gives = this.give();
    return gives || this.undoing.length > 0 || this.resolution?.hasWork === true;
  }

  /** Make messages of what peers lack. To be called after every turn in which something changed. */
  pump(): void {
    this.expel();
    for (const peer of this.context.peers.values()) feed(this.context, peer);
  }

  takeEffects(): Effect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  /** Members to which there is no link, and there should be. */
  wantedLinks(): MemberRecord[] {
    if (!this.joined) return [];
    const { records, self, peers } = this.context;
    return records
      .active()
      .filter(({ replica }) => replica !== self.replica && !peers.has(replica) && !this.cuts.has(replica));
  }

  // ---- data

  get state(): NodeState {
    if (this.stops) return 'stopping';
    if (!this.joined) return 'joining';
    if (!this.serves) return 'loading';
    return this.hasQuorum() ? 'serving' : 'no-quorum';
  }

  get(key: Bytes): (Entry & { value: Bytes }) | undefined {
    const entry = this.context.replicas.data.store.get(key);
    return isLive(entry, this.context.ports.wallMs()) ? entry : undefined;
  }

  /** A write of a client. The caller checks `state` first. */
  write(key: Bytes, value: Bytes | null, expiryMs: number): Entry {
    return this.context.replicas.data.write(key, value, expiryMs);
  }

  /** How many other members have this node's data writes up to `seq` durably. */
  durableAt(seq: number): number {
    const { acks, records, self, replicas } = this.context;
    const others = records.active().filter(({ replica }) => replica !== self.replica);
    return others.filter(({ replica }) => acks.latest(replica)?.data.covers(replicas.data.origin, seq)).length;
  }

  get joining(): { from: string; entries: number; entriesExpected: number } | null {
    if (this.joined || this.taker === null) return null;
    const { snapshot, link } = this.taker;
    const from = this.linkPeers.get(link)?.hello.name ?? '';
    return { from, entries: snapshot?.entryCount ?? 0, entriesExpected: snapshot?.begin.entryCount ?? 0 };
  }

  // ---- the operator

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  plan(strategy: Strategy, decisions: Decisions, wait: Wait<Plan>): void {
    const [, ...others] = this.incidents.islands();
    if (others.length === 0) return wait.reject(noSplitBrain(this.context));
    const staging = new Staging(
      this.context,
      others.map((island) => island.replicas),
      () => ++this.reads,
    );
    staging.read();
    const untilMs = this.context.ports.monoMs() + 6 * this.liveness.timeoutMs;
    this.planning.push({ staging, strategy, decisions, wait, untilMs });
  }

  /** Carry a resolution out, here; for a promotion this node must be in the promoted node's island. */
  resolve(strategy: Strategy, decisions: Decisions, incidentId: string | null, wait: Wait<IncidentRecord>): void {
    const { records, self } = this.context;
    const open = records.openIncidents();
    const incident = incidentId === null ? open[0] : open.find((one) => one.id === incidentId);
    if (incident === undefined) return wait.reject(noSplitBrain(this.context));
    if (incident.state === 'resolving' && incident.executor !== null && incident.executor !== self.replica) {
      const executor = records.nameOf(incident.executor);
      return wait.reject(
        new OperatorError(
          'resolution-running',
          `${executor} is resolving ${incident.id} now.`,
          'mneme split-brain status',
        ),
      );
    }
    if (strategy.kind === 'promote' && !this.liveness.island().includes(strategy.node)) {
      const message = `${records.nameOf(strategy.node)} is not in the island of ${self.name}: ask a node of its island.`;
      return wait.reject(new OperatorError('refused', message));
    }
    this.decisions = { incident: incident.id, decisions };
    this.resolution = null;
    this.resolving.push({ incident: incident.id, wait });
    this.incidents.assign(incident, strategy, self.replica, 'operator');
  }

  undo(request: UndoRequest, wait: Wait<UndoResult>): void {
    const incident = this.context.records.incident(request.incident);
    if (incident === undefined) {
      const error = new OperatorError(
        'unknown-incident',
        `There is no incident "${request.incident}".`,
        'mneme split-brain history',
      );
      return wait.reject(error);
    }
    if (incident.state === 'open' || incident.state === 'resolving') {
      return wait.reject(
        new OperatorError('refused', `Incident ${incident.id} is not resolved yet.`, 'mneme split-brain status'),
      );
    }
    this.undoing.push({ undo: new Undo(this.context, request), wait });
  }

  /** Release what a member that will not return holds back (R8). */
  forget(replica: ReplicaId): void {
    const record = this.context.records.member(replica);
    if (record?.state === 'member') this.context.records.putMember({ ...record, state: 'forgotten' });
  }

  /** Leave for good. The caller has seen to it that others have all of this node's writes. */
  leave(): void {
    const { records, self } = this.context;
    this.stops = true;
    const record = records.member(self.replica);
    if (record !== undefined) records.putMember({ ...record, state: 'left' });
  }

  /** Take no more writes, tell the peers. */
  stop(): void {
    this.stops = true;
    for (const peer of this.context.peers.values()) this.context.send(peer.link, { type: 'bye', reason: 'stopping' });
  }

  /** Drills: the links to these members are cut on purpose, until `cut([])`. */
  cut(replicas: readonly ReplicaId[]): void {
    this.cuts.clear();
    for (const replica of replicas) this.cuts.add(replica);
    for (const peer of this.linkPeers.values()) if (this.cuts.has(peer.replica)) this.close(peer.link);
  }

  get drillCuts(): ReadonlySet<ReplicaId> {
    return this.cuts;
  }

  // ---- start

  private loadRecords(): void {
    const { store } = this.context.replicas.system;
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.context.records.load(store.bucket(bucket));
  }

  private found(settings: Partial<Settings>): void {
    const { records, self, ports } = this.context;
    const { replica, name, address, memoryOnly } = self;
    records.putMember({ replica, name, address, memoryOnly, state: 'member', joinedMs: ports.wallMs(), via: null });
    for (const [key, value] of Object.entries(settings)) records.putSetting(key, String(value));
    ports.storage.setMeta('joined', true);
  }

  /** A member that comes back with another name or address says so in its record. */
  private announceSelf(): void {
    const { records, self } = this.context;
    const record = records.member(self.replica);
    if (record === undefined || (record.name === self.name && record.address === self.address)) return;
    if (record.state === 'member') records.putMember({ ...record, name: self.name, address: self.address });
  }

  // ---- links

  private hello(): Hello {
    const { self, ports } = this.context;
    const { replica, boot, name, address, memoryOnly } = self;
    return {
      type: 'hello',
      protocol: PROTOCOL,
      clusterId: self.clusterId,
      replica,
      boot,
      name,
      address,
      memoryOnly,
      wallMs: ports.wallMs(),
    };
  }

  private receiveHello(link: number, hello: Hello): void {
    const weDialled = this.greeting.get(link)?.weDialled;
    if (weDialled === undefined) return;
    this.greeting.delete(link);
    if (this.cuts.has(hello.replica)) return this.close(link);
    const admission = admit(this.context, hello);
    if (admission.kind === 'refuse') return this.refuse(link, admission.code, admission.message);
    if (!this.joined && !weDialled) return this.refuse(link, 'not-in-cluster', `${this.context.self.name} is joining`);
    if (admission.kind === 'join') this.letIn(hello);
    if (!weDialled) this.context.send(link, this.hello());
    const { self, ports } = this.context;
    if (self.clusterId === null) {
      self.clusterId = hello.clusterId;
      ports.storage.setMeta('clusterId', hello.clusterId);
    }
    this.establish(new Peer(link, hello, weDialled, ports.monoMs()));
  }

  private letIn(hello: Hello): void {
    const { records } = this.context;
    const holder = records.byName(hello.name);
    if (holder !== undefined && holder.replica !== hello.replica) records.putMember({ ...holder, state: 'forgotten' });
    if (records.isActive(hello.replica)) return;
    records.putMember(joinerRecord(this.context, hello));
    this.context.log('info', `${hello.name} joins from ${hello.address}`);
  }

  private establish(peer: Peer): void {
    const { peers } = this.context;
    const existing = peers.get(peer.replica);
    if (existing !== undefined && !this.prefers(peer, existing)) return this.close(peer.link);
    if (existing !== undefined) {
      this.linkDown(existing.link);
      this.close(existing.link);
    }
    peers.set(peer.replica, peer);
    this.linkPeers.set(peer.link, peer);
    this.setGate(peer, this.gateFor(peer));
    feed(this.context, peer);
    this.liveness.beatTo(peer);
    if (!this.joined && this.taker === null && this.joiningFrom === null) this.askSnapshot(peer);
  }

  /** Of two links to one peer both ends keep the same: a later boot's, else the one that the smaller id dialled, else the newer. */
  private prefers(candidate: Peer, existing: Peer): boolean {
    if (candidate.hello.boot !== existing.hello.boot) return candidate.hello.boot > existing.hello.boot;
    const { self, ports } = this.context;
    if (ports.monoMs() - existing.heardAtMs > 3 * this.liveness.intervalMs) return true;
    const isSmallerDialled = (peer: Peer): boolean => peer.weDialled === self.replica < peer.replica;
    if (isSmallerDialled(candidate) !== isSmallerDialled(existing)) return isSmallerDialled(candidate);
    return true;
  }

  private refuse(link: number, code: Refuse['code'], message: string): void {
    this.context.send(link, { type: 'refuse', code, message, clusterId: this.context.self.clusterId });
    this.close(link);
  }

  private receiveRefuse(link: number, refusal: Refuse): void {
    const { self, records } = this.context;
    const peer = this.linkPeers.get(link);
    this.close(link);
    if (this.stops) return;
    const isForgotten = refusal.code === 'forgotten' && (peer === undefined || records.isActive(peer.replica));
    const isFatal = !this.joined || (isForgotten && refusal.clusterId === self.clusterId);
    if (refusal.code === 'self' || refusal.code === 'not-in-cluster' || !isFatal) {
      return this.context.log('warn', `link refused: ${refusal.message}`);
    }
    const code =
      refusal.code === 'name-taken' || refusal.code === 'wrong-cluster' || refusal.code === 'forgotten'
        ? refusal.code
        : 'refused';
    this.context.effect({ kind: 'stop', code, message: refusal.message });
  }

  /** A member no more still learns that its last records arrived here, so that it can leave in peace. */
  private expel(): void {
    for (const peer of this.expelled.splice(0)) {
      if (this.context.peers.get(peer.replica) !== peer) continue;
      feed(this.context, peer);
      this.refuse(peer.link, 'forgotten', `${peer.hello.name} is no member any more`);
    }
  }

  private close(link: number): void {
    this.linkDown(link);
    this.context.effect({ kind: 'close', link });
  }

  private closeSilentLinks(): void {
    const nowMs = this.context.ports.monoMs();
    for (const [link, { sinceMs }] of this.greeting) if (nowMs - sinceMs > this.liveness.timeoutMs) this.close(link);
    for (const peer of this.linkPeers.values()) {
      if (nowMs - peer.heardAtMs > this.liveness.timeoutMs) this.close(peer.link);
      else if (peer.isStalled && nowMs - peer.progressAtMs > this.liveness.timeoutMs) peer.restart(nowMs);
    }
  }

  private turnRelays(): void {
    const { data, system } = this.context.replicas;
    for (const peer of this.context.peers.values()) peer.turnRelay(data.vector, system.vector);
  }

  // ---- messages of an established session

  private dispatch(peer: Peer, message: Message): void {
    switch (message.type) {
      case 'beat':
        this.liveness.receive(peer, message);
        return this.updateGate(peer);
      case 'gate':
        // It opened, and before it heard that this end did, its island had changed: its verdict is split now.
        if (message.state === 'split' && peer.theirGate === 'open') peer.isSettled = false;
        if (message.state === 'clock-skew') peer.forgetVerdict();
        peer.theirGate = message.state;
        if (peer.isOpen) peer.restart(this.context.ports.monoMs());
        return this.updateGate(peer);
      case 'compare':
        peer.theirCompare = message;
        return this.updateGate(peer);
      case 'ack':
        peer.noteAck(message.ack, message.gap, this.context.ports.monoMs());
        if (this.context.records.isActive(peer.replica)) this.context.acks.note(peer.replica, message.ack);
        this.onAck();
        return this.updateGate(peer);
      case 'changes':
        return this.receiveChanges(peer, message.group, message.ranges);
      case 'behind':
        if (message.group === 'system' || peer.isOpen) this.askSnapshot(peer);
        return;
      case 'snapshot-request':
        peer.toldBehind.clear();
        // The member that let it in may be another, and not have told this node yet.
        if (!this.context.records.isActive(peer.replica)) this.letIn(peer.hello);
        this.givers.set(
          peer.link,
          new SnapshotGiver(message.id, this.context.replicas, this.context.separations.toData()),
        );
        return;
      case 'snapshot-credit':
        if (this.givers.get(peer.link)?.id === message.id) this.givers.get(peer.link)!.credit(message.parts);
        return;
      case 'snapshot-begin':
      case 'snapshot-part':
      case 'snapshot-end':
        return this.receiveSnapshot(peer, message);
      case 'read': {
        const { replicas } = this.context;
        const { ranges, behind, complete } = replicas.data.ranges(VersionVector.from(message.from), {
          bytesMax: READ_BYTES,
        });
        const vector = replicas.data.vector.toData();
        this.context.send(peer.link, { type: 'read-reply', id: message.id, ranges, behind, done: complete, vector });
        return;
      }
      case 'read-reply':
        this.resolution?.receive(peer, message);
        for (const { staging } of this.planning) staging.receive(peer, message);
        return;
      case 'bye':
        return this.context.log('info', `${peer.hello.name} is ${message.reason}`);
    }
  }

  private receiveChanges(peer: Peer, group: Group, ranges: readonly Parameters<Replica['receive']>[0][]): void {
    const mayApply = !this.joined
      ? peer === this.joiningFrom
      : group === 'data' ? peer.ourGate === 'open' : peer.ourGate !== 'joining' && peer.ourGate !== 'clock-skew';
    if (!mayApply) return;
    for (const range of ranges) if (!this.context.replicas[group].receive(range)) peer.gapDue = true;
    this.context.ports.storage.observeClock(this.context.clock.last);
    peer.ackDue = true;
    if (!this.joined) this.joinIfReady(peer);
  }

  // ---- snapshots

  private askSnapshot(peer: Peer): void {
    if (this.taker !== null) return;
    const id = ++this.reads;
    this.taker = { link: peer.link, id, snapshot: null };
    this.context.send(peer.link, { type: 'snapshot-request', id });
  }

  private receiveSnapshot(
    peer: Peer,
    message: Message & { type: 'snapshot-begin' | 'snapshot-part' | 'snapshot-end' },
  ): void {
    const taker = this.taker;
    if (taker === null || taker.link !== peer.link || taker.id !== message.id) return;
    if (message.type === 'snapshot-begin') {
      const groups: readonly Group[] = !this.joined || peer.isOpen ? GROUPS : ['system'];
      taker.snapshot = new SnapshotTaker(message, this.context.replicas, groups);
    } else if (message.type === 'snapshot-part') {
      taker.snapshot?.part(message);
      this.context.send(peer.link, { type: 'snapshot-credit', id: taker.id, parts: 1 });
    } else if (taker.snapshot !== null) this.finishSnapshot(peer, taker.snapshot);
  }

  private finishSnapshot(peer: Peer, snapshot: SnapshotTaker): void {
    const { ports, clock, log } = this.context;
    snapshot.finish();
    this.taker = null;
    ports.storage.observeClock(clock.last);
    peer.ackDue = true;
    if (!this.joined) {
      this.joiningFrom = peer;
      this.inherit(snapshot.begin.separations);
      log('info', `${snapshot.entryCount} entries received from ${peer.hello.name}`);
      this.joinIfReady(peer);
    }
    feed(this.context, peer);
    this.updateGate(peer);
  }

  /**
   * A joiner is in once it has all that its giver had acknowledged before it knew of the joiner: others may have trimmed
   * their logs by that.
   */
  private joinIfReady(peer: Peer): void {
    const { ports, replicas, log, records } = this.context;
    const { firstAck } = peer;
    if (peer !== this.joiningFrom || firstAck === null) return;
    for (const group of GROUPS) {
      if (!replicas[group].vector.coversAll(VersionVector.from(firstAck[group]))) return;
    }
    this.joiningFrom = null;
    this.joined = true;
    ports.storage.setMeta('joined', true);
    for (const member of records.active()) this.liveness.expect(member.replica);
    log('info', `in sync with ${peer.hello.name}`);
    this.updateGates();
  }

  private give(): boolean {
    let hasMore = false;
    for (const [link, giver] of this.givers) {
      const message = giver.next();
      if (message !== null) {
        this.context.send(link, message);
        hasMore = true;
      }
      if (!giver.isDone) continue;
      this.givers.delete(link);
      const peer = this.linkPeers.get(link);
      if (peer !== undefined) peer.snapshot = 'given';
    }
    return hasMore;
  }

  // ---- gates: R10, R11

  /** The one place where a gate changes; see the class comment for what may open it. */
  private updateGate(peer: Peer): void {
    if (this.context.peers.get(peer.replica) !== peer) return;
    this.compareIfReady(peer);
    const gate = this.gateFor(peer);
    if (gate !== peer.ourGate) this.setGate(peer, gate);
    if (peer.isOpen && !peer.isSettled) this.settle(peer);
  }

  /**
   * Two islands that both wrote apart must not come together through a third that has opened to both. So:
   * 1. until both ends are open, the verdict is given anew with what this node's island has by now, and one end that
   *    says split is enough;
   * 2. from the moment at which this node opens to a peer, the peer's island counts as its own, and all others with
   *    whom the verdict is still out are told (announceIsland);
   * 3. an island opens by its first member, one after the other; its other members follow once they hear the peer
   *    through it. If the first member has no link with the peer, they go ahead after a failure timeout.
   */
  private gateFor(peer: Peer): GateState {
    const { separations } = this.context;
    if (!this.joined) return 'joining';
    if (this.isClockOff(peer)) return 'clock-skew';
    if (peer.theirGate === 'clock-skew') return 'comparing';
    if (separations.isSplit(peer.replica)) return 'split';
    if (peer.isSettled) return 'open';
    if (peer.ourGate === 'split') {
      // A resolution has released it.
      peer.isSettled = true;
      return 'open';
    }
    if (peer.ourCompare === null || peer.theirCompare === null) return 'comparing';
    if (peer.theirGate === 'split' || this.isApartFromIsland(peer)) return this.split(peer);
    if (isSplitBrain(this.makeCompare(peer), peer.theirCompare)) return this.split(peer);
    return peer.ourGate === 'open' || this.mayOpen(peer) ? 'open' : 'comparing';
  }

  /** Whether the peer is held apart from an island-mate of this node: a split-brain with one is one with all. */
  private isApartFromIsland(peer: Peer): boolean {
    const theirs = peer.theirCompare?.separations ?? {};
    return this.liveness.island().some((mate) => theirs[mate]?.split === true && mate !== this.context.self.replica);
  }

  private split(peer: Peer): GateState {
    const { separations, ports } = this.context;
    const known = separations.get(peer.replica);
    const mark = known?.mark ?? this.liveness.islandVector().toData();
    separations.set(peer.replica, { sinceMs: known?.sinceMs ?? ports.wallMs(), mark, split: true });
    return 'split';
  }

  private mayOpen(peer: Peer): boolean {
    const { separations, self, ports } = this.context;
    if (!separations.has(peer.replica) || this.liveness.island()[0] === self.replica) return true;
    return peer.comparedAtMs !== null && ports.monoMs() - peer.comparedAtMs > this.liveness.timeoutMs;
  }

  private setGate(peer: Peer, gate: GateState): void {
    const { ports, log } = this.context;
    // What was compared before a clock went wrong says nothing about what was written since.
    if (gate === 'clock-skew') {
      peer.forgetVerdict();
      log('warn', `the clock of ${peer.hello.name} is off by ${peer.skewMs} ms: no data is exchanged with it`);
    }
    peer.ourGate = gate;
    // A snapshot that has begun would bring data through a gate that is shut.
    if (gate !== 'open' && this.joined && this.taker?.link === peer.link) this.taker = null;
    this.context.send(peer.link, { type: 'gate', state: gate });
    if (gate === 'open' && !peer.isSettled) {
      this.inherit(peer.theirCompare?.separations ?? {});
      this.announceIsland();
    }
    if (peer.isOpen) peer.restart(ports.monoMs());
  }

  /** Data flows: the peer is in this node's island. */
  private settle(peer: Peer): void {
    peer.isSettled = true;
    this.context.separations.delete(peer.replica);
    this.liveness.expect(peer.replica);
  }

  /** This node is in another's island now: who was apart from that one is apart from this one, if it has not met it itself. */
  private inherit(theirs: Readonly<Record<ReplicaId, SeparationData>>): void {
    const { separations, self, records } = this.context;
    for (const [replica, separation] of Object.entries(theirs)) {
      if (replica === self.replica || separations.has(replica) || !records.isActive(replica)) continue;
      if (!this.liveness.isHeard(replica)) separations.set(replica, separation);
    }
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
    if (!this.joined || peer.ourCompare !== null || peer.firstAck === null || this.isClockOff(peer)) return;
    if (!replicas.system.vector.coversAll(VersionVector.from(peer.firstAck.system))) return;
    if (!records.isActive(peer.replica) || peer.theirGate === 'joining' || peer.theirGate === 'clock-skew') return;
    peer.ourCompare = this.makeCompare(peer);
    send(peer.link, peer.ourCompare);
  }

  private makeCompare(peer: Peer): Compare {
    const separation = this.context.separations.get(peer.replica);
    return {
      type: 'compare',
      island: this.liveness.islandVector(peer).toData(),
      mark: separation?.mark ?? null,
      sinceMs: separation?.sinceMs ?? 0,
      separations: this.context.separations.toData(),
    };
  }

  private isClockOff(peer: Peer): boolean {
    const limitMs = this.context.records.settings()['clock-skew-limit'];
    return peer.skewMs !== null && Math.abs(peer.skewMs) > limitMs;
  }

  // ---- serving

  private updateServing(): void {
    if (this.serves || !this.joined) return;
    const { records, replicas, peers, ports } = this.context;
    const isAlone = records.active().length <= 1;
    const isCaughtUp = [...peers.values()].some(
      (peer) =>
        peer.isOpen && peer.firstAck !== null && replicas.data.vector.coversAll(VersionVector.from(peer.firstAck.data)),
    );
    const isOver = ports.monoMs() - this.startedMonoMs > this.liveness.timeoutMs;
    this.serves = isAlone || isCaughtUp || isOver;
  }

  private hasQuorum(): boolean {
    const { records } = this.context;
    if (records.settings()['partition-mode'] !== 'majority') return true;
    return this.liveness.island().length * 2 > records.active().length;
  }

  // ---- records of the cluster

  private systemChanged(entry: Entry): void {
    const { records } = this.context;
    const name = Buffer.from(entry.key).toString('latin1');
    if (name.startsWith('incident/')) {
      const id = name.slice('incident/'.length);
      const before = records.incident(id)?.state;
      records.noteEntry(entry);
      const incident = records.incident(id);
      const isNew = before !== 'resolved' && before !== 'undone';
      if (incident?.state === 'resolved' && incident.kind === 'split-brain' && isNew) this.released(incident);
      else if (this.incidents?.obey() === true) this.updateGates();
    } else if (name.startsWith('member/')) {
      const before = records.member(name.slice('member/'.length));
      records.noteEntry(entry);
      const record = records.member(name.slice('member/'.length));
      if (record !== undefined) this.memberChanged(record, before);
    } else {
      records.noteEntry(entry);
    }
  }

  private released(incident: IncidentRecord): void {
    this.incidents.release(incident);
    this.updateGates();
  }

  private updateGates(): void {
    for (const peer of this.context.peers.values()) this.updateGate(peer);
  }

  private memberChanged(record: MemberRecord, before: MemberRecord | undefined): void {
    const { self, separations, acks, peers, log } = this.context;
    if (record.state !== 'member') {
      if (record.replica === self.replica) return this.isMemberNoMore(record);
      separations.delete(record.replica);
      acks.forget(record.replica);
      this.liveness?.forget(record.replica);
      const peer = peers.get(record.replica);
      if (peer !== undefined) this.expelled.push(peer);
      if (before?.state === 'member')
        log('info', `${record.name} ${record.state === 'left' ? 'left' : 'was forgotten'}`);
      return;
    }
    if (before !== undefined || record.replica === self.replica) return;
    this.liveness?.expect(record.replica);
    this.forgetNamesake(record);
    this.placeJoiner(record);
  }

  /**
   * A joiner is in the island of the member that let it in, and so are those that it let in itself, whose records may have
   * come before its own.
   */
  private placeJoiner(record: MemberRecord): void {
    const { separations, records } = this.context;
    const separation = record.via === null ? undefined : separations.get(record.via);
    if (separation === undefined || separations.has(record.replica) || this.liveness.isHeard(record.replica)) return;
    separations.set(record.replica, separation);
    for (const other of records.active()) if (other.via === record.replica) this.placeJoiner(other);
  }

  /**
   * A memory-only node that restarted came back as somebody new, through a member that did not know its former self: of
   * two at one address the one heard of last lives.
   */
  private forgetNamesake(record: MemberRecord): void {
    const { records } = this.context;
    for (const other of records.active()) {
      if (other.replica === record.replica || other.name !== record.name || other.address !== record.address) continue;
      if (!other.memoryOnly || !record.memoryOnly) continue;
      const isOlder = records.changedMs(other.replica) < records.changedMs(record.replica);
      records.putMember({ ...(isOlder ? other : record), state: 'forgotten' });
    }
  }

  private isMemberNoMore(record: MemberRecord): void {
    if (this.stops) return;
    const message =
      record.state === 'left' ? 'this node has left the cluster' : 'this node was forgotten by the cluster';
    this.context.effect({ kind: 'stop', code: 'forgotten', message });
  }

  // ---- what runs in slices

  private runResolution(): void {
    const { records, self } = this.context;
    if (this.resolution === null) {
      const mine = records.openIncidents().find((one) => one.state === 'resolving' && one.executor === self.replica);
      if (mine !== undefined && this.joined) {
        const decisions = this.decisions?.incident === mine.id ? this.decisions.decisions : new Map();
        this.resolution = new Resolution(
          this.context,
          this.liveness,
          this.incidents,
          mine.id,
          decisions,
          () => ++this.reads,
        );
      }
    }
    this.resolution?.step();
    if (this.resolution?.isDone === true) this.resolution = null;
    this.settleResolving();
  }

  private settleResolving(): void {
    for (let i = this.resolving.length - 1; i >= 0; i--) {
      const { incident, wait } = this.resolving[i]!;
      const record = this.context.records.incident(incident);
      if (record === undefined || record.state === 'resolving') continue;
      this.resolving.splice(i, 1);
      if (record.state !== 'open') wait.resolve(record);
      else
        wait.reject(
          new OperatorError(
            'refused',
            `${incident} could not be resolved: ${record.problem}.`,
            'mneme split-brain status',
          ),
        );
    }
  }

  private runPlans(): void {
    const nowMs = this.context.ports.monoMs();
    for (let i = this.planning.length - 1; i >= 0; i--) {
      const { staging, strategy, decisions, wait, untilMs } = this.planning[i]!;
      if (staging.isReading && staging.problem === null && nowMs < untilMs) continue;
      this.planning.splice(i, 1);
      if (staging.isReading || staging.problem !== null) {
        wait.reject(
          new OperatorError('refused', `The other island cannot be read: ${staging.problem ?? 'no answer'}.`),
        );
        continue;
      }
      const { replicas, ports } = this.context;
      const islands = staging.planIslands(this.liveness.island());
      const own = (key: Bytes): Entry | undefined => replicas.data.store.get(key);
      const skewMs = measuredSkewMs(this.context);
      wait.resolve(makePlan({ strategy, decisions, islands, own, skewMs, nowMs: ports.wallMs() }));
    }
  }

  private runUndo(undo: Undo, wait: Wait<UndoResult>): void {
    undo.step();
    if (undo.result === null) return;
    this.undoing.shift();
    wait.resolve(undo.result);
  }
}

function noSplitBrain(context: Context): OperatorError {
  const down = context.separations.list().map(([replica]) => context.records.nameOf(replica));
  const message =
    down.length === 0
      ? 'There is no split-brain: all members are in sync.'
      : `There is nothing to resolve yet: ${down.join(', ')} cannot be reached, and will be compared on return.`;
  return new OperatorError('no-split-brain', message, 'mneme cluster status');
}
