import type { Context, Effect, Ports, Self } from './context.js';
import { falseClaim } from './membership/claims.js';
import { Gathering, type GatheringStep } from './membership/gathering.js';
import { admit } from './membership/handshake.js';
import { Instances } from './membership/instances.js';
import { Liveness } from './membership/liveness.js';
import { announceSelf, foundCluster, foundGathered, writeAnew } from './membership/own-record.js';
import { type Presence, SEES_MAX } from './membership/presence.js';
import { Problems } from './membership/problems.js';
import { Quorum } from './membership/quorum.js';
import { RecordChanges } from './membership/record-changes.js';
import { type IncidentRecord, type MemberRecord, Records, type Settings } from './membership/records.js';
import { Serving } from './membership/serving.js';
import { Sessions } from './membership/sessions.js';
import { Setbacks } from './membership/setbacks.js';
import { Snapshots } from './membership/snapshots.js';
import { BUCKETS, type Bytes } from './model/bytes.js';
import { type Entry, isLive, isTombstone, type ValueType } from './model/entry.js';
import { type Hlc, HybridClock } from './model/hlc.js';
import type { Steps } from './model/steps.js';
import type { VersionVector } from './model/vector.js';
import { isAfter, originOf, type ReplicaId } from './model/version.js';
import { type NodeStatus, statusOf } from './node-status.js';
import { Gates } from './partition/gates.js';
import { Incidents } from './partition/incidents.js';
import { Separations } from './partition/separations.js';
import { AckTable } from './replication/acks.js';
import { ClockDoor } from './replication/clock-door.js';
import { ClockWatch } from './replication/clock-watch.js';
import { feed, isFeedingMuch, type SharedBatches } from './replication/feed.js';
import { Housekeeping } from './replication/housekeeping.js';
import { Intake } from './replication/intake.js';
import { LinkFaults } from './replication/link-faults.js';
import { linkRule, stageOf } from './replication/link-rules.js';
import type { Hello, Message } from './replication/messages.js';
import { entriesOf } from './replication/messages.js';
import type { Peer } from './replication/peer.js';
import { Replica } from './replication/replica.js';
import { StateLog } from './replication/state-log.js';
import { SteadyClock } from './replication/steady-clock.js';
import { StubCollection } from './replication/stub-collection.js';
import { AsideWrites } from './resolution/aside-writes.js';
import { type AsideFilter, type AsidePage, type Asides, asidesOf } from './resolution/asides.js';
import type { Confirmation } from './resolution/confirmation.js';
import type { Decision, Decisions } from './resolution/decisions.js';
import type { KeptPlans } from './resolution/kept-plans.js';
import { OperatorActions, type Wait } from './resolution/operator-actions.js';
import { Overrides, type OverridesKind } from './resolution/overrides.js';
import type { Strategy } from './resolution/plan.js';
import type { ShownPlan } from './resolution/shown-plan.js';
import { answerRead } from './resolution/staging.js';
import type { UndoRequest, UndoResult } from './resolution/undo.js';
import { Eviction, type MemoryLimit, NO_LIMIT } from './store/eviction.js';
import { SLICES, type Slices } from './store/slices.js';
import type { Group } from './store/store.js';

export interface NodeOptions {
  readonly replica: ReplicaId;
  readonly boot: number;
  /** The boot before, as the directory remembers it; absent or 0: none. */
  readonly previousBoot?: number;
  readonly name: string;
  readonly address: string;
  readonly memoryOnly: boolean;
  /** null: join the cluster of one of the seeds. */
  readonly clusterId: string | null;
  /** The founder of a cluster: writes its own member record and these settings. */
  readonly founds: boolean;
  readonly settings?: Partial<Settings>;
  /** It looks for nodes with which to found a cluster, or for one that exists. `clusterId`: what the cluster is called if it founds one. */
  readonly gathers?: { readonly expects: number | null; readonly clusterId: string } | null;
  /** For simulations; by default what suits real machines. */
  readonly slices?: Slices;
  /** What this node's entries may take; no limit if absent. */
  readonly memory?: MemoryLimit;
}

/** gathering: it has no cluster yet, or is alone in one. read-only: the disk does not take clients' writes (R17). */
export type NodeState = 'gathering' | 'joining' | 'loading' | 'serving' | 'read-only' | 'no-quorum' | 'stopping';

/**
 * One node of a cluster, without its disk, sockets and clocks: events come in by the methods, what is to be done comes out
 * by `takeEffects`. Invariants, in order of their rules:
 * - data entries are applied from a peer only while both gates are open, or as a snapshot that this node asked for (R11);
 * - a gate opens by a verdict of catch-up, or by a resolution that took in both ends, and by nothing else (R10, R12);
 * - every message is sent only once all that this node had when it was made is durable (R6).
 */
export class NodeCore {
  readonly status: NodeStatus;
  readonly clock: HybridClock;
  /** What is wrong at this node now; outer rooms note theirs here too. */
  readonly problems: Problems;
  readonly liveness: Liveness;
  readonly incidents: Incidents;
  readonly eviction: Eviction;
  /** For a node that was started without a cluster: finds one, or founds one. */
  readonly gathering: Gathering | null;
  private readonly context: Context;
  private readonly housekeeping: Housekeeping;
  private readonly gates: Gates;
  private readonly snapshots: Snapshots;
  private readonly actions: OperatorActions;
  private readonly stubs: StubCollection;
  private readonly instances: Instances;
  private readonly sessions: Sessions;
  private readonly setbacks: Setbacks;
  private readonly serving: Serving;
  private readonly quorum: Quorum;
  private readonly stateLog: StateLog;
  private readonly recordChanges: RecordChanges;
  private readonly linkFaults: LinkFaults;
  private readonly time: SteadyClock;
  private readonly watch: ClockWatch;
  private readonly asides: AsideWrites;
  private readonly intake: Intake;
  private effects: Effect[] = [];
  private stops = false;
  /** It has said that it can go on no more. */
  private hasEnded = false;
  /** What others must have before this node leaves; null: it stays. */
  private leavesWith: VersionVector | null = null;
  private presences = 0;
  private reads = 0;

  constructor(
    ports: Ports,
    private readonly options: NodeOptions,
    /** Called after a peer acknowledged something, for WAIT. */
    readonly onAck: () => void = () => {},
  ) {
    const { storage } = ports;
    this.time = new SteadyClock(ports);
    const wallMs = (): number => this.time.nowMs();
    const clock = new HybridClock(wallMs, storage.clock);
    const origin = originOf(options.replica, options.boot);
    const system = new Replica('system', origin, storage.store('system'), clock, (entry, clockBefore) =>
      this.recordChanges.note(entry, clockBefore),
    );
    const data = new Replica('data', origin, storage.store('data'), clock);
    const { replica, boot, previousBoot = 0, name, address, memoryOnly, clusterId } = options;
    const isJoined = options.founds || storage.getMeta('joined') === true;
    const self: Self = { replica, boot, previousBoot, name, address, memoryOnly, clusterId, isJoined };
    const steady: Ports = { ...ports, wallMs, monoMs: () => ports.monoMs(), random: () => ports.random() };
    const records = new Records(system);
    const problems = new Problems(wallMs, (level, message) => this.context.log(level, message));
    this.context = {
      ports: steady,
      self,
      clock,
      door: new ClockDoor({ ports: steady, records, problems }),
      replicas: { data, system },
      records,
      acks: new AckTable(),
      separations: new Separations(storage),
      peers: new Map(),
      problems,
      fences: new Map(),
      slices: options.slices ?? SLICES,
      send: (link, message, position = storage.position) =>
        this.effects.push({ kind: 'send', link, message, position }),
      effect: (effect) => {
        // Whatever still comes in until the process ends: nothing of it may count as complete, and clients must not rely on it.
        if (effect.kind === 'stop') this.hasEnded = this.stops = true;
        this.effects.push(effect);
      },
      log: (level, message) => this.effects.push({ kind: 'log', level, message }),
    };
    this.status = statusOf(this.context);
    this.clock = clock;
    this.problems = problems;
    this.eviction = new Eviction(storage, () => ports.random(), options.memory ?? NO_LIMIT);
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.context.records.load(system.store.bucket(bucket));
    this.liveness = new Liveness(this.context);
    this.incidents = new Incidents(this.context, this.liveness);
    this.housekeeping = new Housekeeping(this.context);
    this.linkFaults = new LinkFaults(this.context);
    this.watch = new ClockWatch(this.context, this.time);
    const nextReadId = (): number => ++this.reads;
    this.gates = new Gates(this.context, this.liveness, this.incidents, (peer) => this.snapshots.gateShut(peer));
    this.snapshots = new Snapshots(this.context, this.liveness, this.gates, nextReadId);
    this.stubs = new StubCollection(this.context, this.liveness, this.eviction, () => this.snapshots.isTaking);
    this.actions = new OperatorActions(this.context, this.liveness, this.incidents, nextReadId);
    this.instances = new Instances(this.context, this.liveness);
    this.quorum = new Quorum(this.context, this.liveness);
    this.stateLog = new StateLog(this.context, this.liveness, this.quorum);
    this.sessions = new Sessions(
      this.context,
      this.liveness,
      this.gates,
      this.snapshots,
      this.instances,
      this.quorum,
      () => this.stops || this.leavesWith !== null,
      () => this.actions.linkDown(),
    );
    this.setbacks = new Setbacks(this.context);
    const { context, liveness, incidents, gates, sessions } = this;
    this.asides = new AsideWrites(context);
    this.recordChanges = new RecordChanges(
      context,
      liveness,
      incidents,
      gates,
      sessions,
      this.quorum,
      () => this.stops,
      this.asides,
    );
    this.serving = new Serving(this.context, this.liveness);
    this.gathering = options.gathers ? new Gathering(self, options.gathers.expects, ports.monoMs()) : null;
    this.intake = new Intake(this.context);
    this.recordChanges.resume();
    if (options.founds) foundCluster(context, options.settings ?? {});
    else if (self.isJoined) announceSelf(context);
    writeAnew(context);
    for (const member of this.context.records.active()) this.liveness.expect(member.replica);
    if (this.context.records.member(self.replica)?.state === 'left') this.leaveOn();
  }

  // ---- events from the driver

  /** A connection stands. `address`: where this node dialled. */
  linkUp(link: number, weDialled: boolean, address: string | null = null): void {
    this.sessions.up(link, weDialled, address);
  }

  /** Nobody answers there, so no other cluster does. */
  dialFailed(address: string): void {
    this.sessions.noAnswer(address);
  }

  linkDown(link: number): void {
    this.sessions.down(link);
  }

  receive(link: number, message: Message): void {
    if (this.hasEnded) return;
    const { sessions } = this;
    const peer = sessions.peerOf(link);
    const stage = peer === undefined ? sessions.greetingOf(link) : stageOf(peer, this.joined);
    // This end has closed it already.
    if (stage === undefined) return;
    if (peer !== undefined) peer.heardAtMs = this.context.ports.monoMs();
    const rule = linkRule(message, stage, peer?.weDialled ?? stage === 'dialled');
    if (rule === 'drop') return;
    if (rule === 'close') return this.linkBroken(link, `${message.type}, which has no place there`);
    if (message.type === 'look') return this.answerLook(link, message.from);
    if (message.type === 'hello') {
      this.foundIfAsked(message);
      return sessions.receiveHello(link, message);
    }
    if (message.type === 'refuse') return sessions.receiveRefuse(link, message);
    if (peer !== undefined) this.admit(peer, message);
  }

  /** The other end sent what no node sends; nothing of it was taken in. The link ends. `what`: as in "it sent …". */
  linkBroken(link: number, what: string): void {
    const peer = this.sessions.peerOf(link);
    if (peer !== undefined && this.context.records.isActive(peer.replica)) this.linkFaults.note(peer.replica, what);
    else this.context.log('warn', `a stranger sent ${what}: its link is closed`);
    this.sessions.close(link);
  }

  /** The storage is durable up to this position. To be called after every sync, and once after the start. */
  durable(position: number): void {
    this.housekeeping.durable(position);
  }

  /** To be called some ten times per failure timeout. */
  tick(): void {
    this.time.follow();
    this.watch.tick();
    this.linkFaults.tick();
    this.sessions.closeSilent();
    this.sessions.settleInstances();
    if (this.joined && !this.stops) this.liveness.detect();
    if (this.liveness.beat()) {
      this.sessions.askForSnapshot();
      if (this.joined) this.recordChanges.forgetNamesakes();
    }
    this.leaveIfReady();
    if (this.joined) {
      this.housekeeping.tick();
      this.incidents.tick();
    }
    this.gates.updateAll();
    this.setbacks.tell();
    this.intake.resume();
    this.serving.update();
    if (this.joined && !this.stops) this.stateLog.tick(this.serving.hasStarted);
    this.work();
    this.pump();
  }

  /** A step of what runs in slices. Returns whether there is more to do at once. */
  work(): boolean {
    const acts = this.act();
    return this.give() || acts;
  }

  /** All of it but the snapshots that this node gives: what operators wait for, and memory. */
  act(): boolean {
    const acts = this.actions.work();
    if (this.context.ports.storage.takes !== 'all') return acts;
    const evicts = this.eviction.step();
    const collects = this.joined && this.stubs.step();
    return acts || evicts || collects;
  }

  /** Whether this node takes a snapshot, or is to take one. */
  get isTaking(): boolean {
    return this.snapshots.isTaking;
  }

  /** The rest: a part of each snapshot that somebody takes from this node. */
  give(): boolean {
    return this.snapshots.give();
  }

  /** Whether somebody does. */
  get isGiving(): boolean {
    return this.snapshots.isGiving;
  }

  /** Make messages of what peers lack. To be called after every turn in which something changed. Returns whether there is more at once. */
  pump(): boolean {
    this.sessions.expel();
    const shared: SharedBatches = new Map();
    let hasMore = false;
    for (const peer of this.context.peers.values()) hasMore = feed(this.context, peer, shared) || hasMore;
    return hasMore;
  }

  get hasEffects(): boolean {
    return this.effects.length > 0;
  }

  takeEffects(): Effect[] {
    const taken = this.effects;
    this.effects = [];
    return taken;
  }

  /** What this node says of itself to whoever looks for nodes. */
  presence(): Presence {
    const { self, ports, records } = this.context;
    const count = ++this.presences;
    if (!this.joined && this.gathering !== null) return this.gathering.presence(count, ports.monoMs());
    const { replica, boot, name, address, clusterId } = self;
    const isMember = this.joined && !this.stops && records.isActive(replica);
    const others = records.active().filter((one) => one.replica !== replica);
    const sees = others
      .slice(0, SEES_MAX)
      .map((one) => ({ replica: one.replica, name: one.name, address: one.address }));
    return {
      ...{ replica, boot, count, name, address, clusterId, isMember },
      ...{ expects: null, sees, promise: null, opens: false },
    };
  }

  /** What a node without a cluster does next. With nobody else expected, it founds one here. */
  gather(): GatheringStep {
    if (this.gathering === null || this.joined) return { kind: 'wait' };
    const decision = this.gathering.decide(this.context.ports.monoMs());
    if (decision.kind === 'open' && this.gathering.expects === 1) this.found();
    return decision;
  }

  /** Members to which there is no link, and there should be. */
  wantedLinks(): MemberRecord[] {
    return this.sessions.wanted();
  }

  /** Unix time as this node keeps it (R15): what expiries are judged by. */
  get nowMs(): number {
    return this.time.nowMs();
  }

  /** Milliseconds by the clock that never steps, from an arbitrary start. */
  get monoMs(): number {
    return this.context.ports.monoMs();
  }

  /** Whether much is on its way to a peer. */
  get isFeedingMuch(): boolean {
    return isFeedingMuch(this.context);
  }

  /**
   * The addresses given by an operator that are to be dialled as well: while members are missing, where no linked member was
   * found yet. Who answers there says who it is.
   */
  wantedWays(addresses: readonly string[]): string[] {
    return this.sessions.wanted().length === 0 ? [] : addresses.filter((one) => !this.sessions.isLinkedBy(one));
  }

  // ---- data

  get state(): NodeState {
    if (this.stops || this.leavesWith !== null) return 'stopping';
    if (!this.joined) return this.gathering !== null && this.context.self.clusterId === null ? 'gathering' : 'joining';
    if (!this.serving.hasStarted) return this.serving.isFounding ? 'gathering' : 'loading';
    if (!this.quorum.isHere()) return 'no-quorum';
    return this.context.ports.storage.takes === 'all' ? 'serving' : 'read-only';
  }

  get(key: Bytes): (Entry & { value: Bytes }) | undefined {
    const { store } = this.context.replicas.data;
    const entry = store.get(key);
    if (!isLive(entry, this.context.ports.wallMs())) return undefined;
    store.used(key);
    return entry;
  }

  /** Whether a client's delete of the key has something to delete: a value here, or one that was evicted here. */
  canDelete(key: Bytes): boolean {
    const entry = this.context.replicas.data.store.get(key);
    return entry !== undefined && !isTombstone(entry, this.context.ports.wallMs());
  }

  /** A write of a client. The caller checks `state` first. `nowMs`: the time, for who knows it. */
  write(key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType, nowMs?: number): Entry {
    const { clock, replicas } = this.context;
    return replicas.data.write(key, value, expiryMs, clock.next(nowMs), type);
  }

  /**
   * A delete that was made at `time`, a timestamp of this node's clock from before, together with many others. Null: the key was
   * changed since, and that stands.
   */
  deleteAsOf(key: Bytes, time: Hlc): Entry | null {
    const { data } = this.context.replicas;
    const current = data.store.get(key);
    if (current !== undefined && !isAfter({ hlc: time, origin: data.origin }, current)) return null;
    return data.write(key, null, 0, time);
  }

  /** A client changes the expiry of a key and nothing else; 0: it has none any more. False: there is no such key. As `write` otherwise. */
  touch(key: Bytes, expiryMs: number): boolean {
    const entry = this.get(key);
    if (entry !== undefined) this.context.replicas.data.touch(entry, expiryMs);
    return entry !== undefined;
  }

  /** As `touch`, of an entry that the caller has read just now. */
  touchEntry(entry: Entry, expiryMs: number): Entry {
    return this.context.replicas.data.touch(entry, expiryMs);
  }

  /** The timestamp of this moment, which no write before or after it has. */
  stamp(): Hlc {
    return this.context.clock.next();
  }

  /** For what is overridden outside of a split-brain. */
  overrides(kind: OverridesKind): Overrides {
    return new Overrides(this.context, kind);
  }

  /** Whether a promotion has set this data write of this node aside, so that no member has it. */
  isSetAside(seq: number): boolean {
    return this.asides.has(seq);
  }

  /** How many other members have this node's data writes up to `seq` durably. */
  durableAt(seq: number): number {
    const { acks, records, self, replicas } = this.context;
    const others = records.active().filter(({ replica }) => replica !== self.replica);
    return others.filter(({ replica }) => acks.latest(replica)?.data.covers(replicas.data.origin, seq)).length;
  }

  get joining(): { from: string; entries: number; entriesExpected: number } | null {
    return this.joined ? null : this.snapshots.progress;
  }

  // ---- the operator

  /** What a resolution would do now. Reads the other islands; changes nothing. */
  plan(strategy: Strategy, decisions: Map<string, Decision>, wait: Wait<ShownPlan>): void {
    this.actions.plan(strategy, decisions, wait);
  }

  /** The plans that were shown lately. */
  get keptPlans(): KeptPlans {
    return this.actions.planning.kept;
  }

  /** Carry a resolution out, here; see {@link OperatorActions.resolve}. */
  resolve(
    strategy: Strategy,
    decisions: Decisions,
    incidentId: string | null,
    wait: Wait<IncidentRecord>,
    confirmation: Confirmation | null = null,
    asked: string | null = null,
  ): void {
    this.actions.resolve(strategy, decisions, incidentId, wait, confirmation, asked);
  }

  undo(request: UndoRequest, wait: Wait<UndoResult>): void {
    this.actions.undo(request, wait);
  }

  /** What an incident set aside, in the order of the keys. */
  setAside(incident: string, filter: AsideFilter, page: AsidePage): Steps<Asides> {
    return asidesOf(this.context, incident, filter, page);
  }

  /** Whether this node's island may decide for the cluster, as far as that asks for a majority. */
  get hasQuorum(): boolean {
    return this.quorum.isHere();
  }

  /** Release what a member that will not return holds back (R8). */
  forget(replica: ReplicaId): void {
    const { records } = this.context;
    const record = records.member(replica);
    if (record?.state !== 'member') return;
    records.putMember({ ...record, state: 'forgotten', ...(this.quorum.isMissing() && { isForced: true }) });
  }

  /** Change what a quorum is, or what it is good for. */
  changeRule(key: string, value: string): void {
    this.context.records.putSetting(key, value, this.quorum.isMissing());
  }

  changeSetting(key: string, value: string): void {
    this.context.records.putSetting(key, value);
  }

  /** Leave for good: take no more writes, and once every other member in sight has all of them, say so to the cluster. */
  leave(): void {
    this.leavesWith = (this.context.replicas.data.vector as VersionVector).clone();
    this.liveness.announceLeaving(true);
    this.leaveIfReady();
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

  /** It was stopped after its farewell: once a member hears of that, nobody takes a write of it any more. */
  private leaveOn(): void {
    this.leavesWith = (this.context.replicas.data.vector as VersionVector).clone();
    this.stops = true;
    this.liveness.announceLeaving(true);
    this.context.log(
      'warn',
      'left the cluster before it was stopped: it takes no writes, and ends once a member knows',
    );
  }

  private leaveIfReady(): void {
    const { leavesWith } = this;
    if (leavesWith === null) return;
    const { records, replicas, self } = this.context;
    const { origin, vector } = replicas.data;
    const others = this.liveness.island().filter((replica) => replica !== self.replica);
    const record = records.member(self.replica);
    if (record?.state !== 'member' || others.length === 0) return;
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

  /** Whether another member knows that this node has left, or has taken it for gone before. */
  get hasLeft(): boolean {
    const { acks, records, replicas } = this.context;
    if (this.leavesWith !== null && this.sessions.isTurnedOut) return true;
    if (!this.saidFarewell) return false;
    const { origin, vector } = replicas.system;
    const knows = ({ replica }: MemberRecord) =>
      acks.latest(replica)?.system.covers(origin, vector.get(origin)) === true;
    return this.sessions.isTurnedOut || records.active().some(knows);
  }

  /** Take no more writes, tell the peers. */
  stop(): void {
    this.stops = true;
    for (const peer of this.context.peers.values()) this.context.send(peer.link, { type: 'bye', reason: 'stopping' });
  }

  /** Drills: the links to these members are cut on purpose, until `cut([])`. */
  cut(replicas: readonly ReplicaId[]): void {
    this.sessions.cut(replicas);
  }

  get drillCuts(): ReadonlySet<ReplicaId> {
    return this.sessions.cuts;
  }

  // ----

  private get joined(): boolean {
    return this.context.self.isJoined;
  }

  private answerLook(link: number, from: Presence | null): void {
    if (from !== null) this.gathering?.asked(from, this.context.ports.monoMs());
    // None of it must be on the disk: what is promised is promised by this instance.
    this.context.send(link, { type: 'present', presence: this.presence() }, 0);
    this.sessions.close(link);
  }

  /** One who waited asks to be let in: there is a cluster from now on. */
  private foundIfAsked(hello: Hello): void {
    const { self } = this.context;
    if (hello.clusterId !== null || hello.name === self.name || self.clusterId !== null) return;
    const admission = admit(this.context, hello);
    const isFit = admission.kind === 'refuse' && admission.code === 'not-in-cluster';
    if (isFit && this.gather().kind === 'open') this.found();
  }

  private found(): void {
    const { gathers, settings = {} } = this.options;
    if (this.joined || !gathers) return;
    foundGathered(this.context, gathers.clusterId, settings, gathers.expects ?? 1);
    this.liveness.expect(this.context.self.replica);
  }

  // ---- messages of an established session

  /** Deal with a message, unless it brings what must never come in (R15). */
  private admit(peer: Peer, message: Message): void {
    const claim = falseClaim(this.context, message);
    if (claim !== null) return this.linkBroken(peer.link, claim);
    const hlc = this.context.door.tooFarAhead(entriesOf(message));
    if (hlc !== null) return this.turnAway(peer, message, hlc);
    this.dispatch(peer, message);
  }

  /** Its time is too far ahead: nothing of it is taken in, and the gate shuts, as over a clock that is off. */
  private turnAway(peer: Peer, message: Message, hlc: Hlc): void {
    const reason = this.context.door.turnAway(peer.replica, peer.hello.name, hlc);
    if (message.type === 'read-reply') this.actions.refuse(message.id, reason);
    if (this.joined) return this.gates.update(peer);
    this.context.effect({ kind: 'stop', code: 'refused', message: reason });
  }

  private dispatch(peer: Peer, message: Message): void {
    switch (message.type) {
      case 'beat':
        this.liveness.receive(peer, { ...message, hlc: Math.min(message.hlc, this.context.door.hlcMax) });
        return this.gates.update(peer);
      case 'gate':
        // It opened, and before it heard that this end did, its island had changed: its verdict is split now.
        if (message.state === 'split' && peer.theirGate === 'open') peer.isSettled = false;
        if (message.state === 'clock-skew') {
          peer.forgetVerdict();
          const { name } = peer.hello;
          this.context.log(
            'warn',
            `${name} exchanges no data with this node: its clock, or the time of a change, is too far from there (clock-skew-limit)`,
          );
        }
        peer.theirGate = message.state;
        if (peer.isOpen) peer.open(this.context.ports.monoMs());
        return this.gates.update(peer);
      case 'compare':
        peer.theirCompare = message;
        return this.gates.update(peer);
      case 'ack':
        if (peer.firstAck === null) this.setbacks.judge(peer, message.ack);
        peer.noteAck(message.ack, message.gap, this.context.ports.monoMs());
        if (this.context.records.isActive(peer.replica)) this.context.acks.note(peer.replica, message.ack);
        this.onAck();
        return this.gates.update(peer);
      case 'changes':
        return this.receiveChanges(peer, message.group, message.ranges);
      case 'behind':
        if (message.lost) return this.startOver(peer);
        if (message.group === 'system' || peer.isOpen) this.snapshots.ask(peer);
        return;
      case 'snapshot-request':
        peer.forgetBehind();
        this.sessions.adoptJoiner(peer);
        this.snapshots.giveTo(peer, message.id);
        return;
      case 'snapshot-credit':
        return this.snapshots.credit(peer, message);
      case 'snapshot-begin':
      case 'snapshot-part':
      case 'snapshot-end':
        if (!this.intake.takes('data')) return this.snapshots.abandon();
        this.snapshots.receive(peer, message);
        this.eviction.step();
        return;
      case 'stubs':
        return this.stubs.receive(peer, message);
      case 'stubs-reply':
        return this.stubs.receiveReply(peer, message);
      case 'read':
        return this.context.send(peer.link, answerRead(this.context, message));
      case 'read-reply':
        return this.actions.receive(peer, message);
      case 'bye':
        this.instances.saidGoodbye(peer.replica, peer.hello.boot);
        this.liveness.saidGoodbye(peer.replica, peer.hello.boot);
        return this.context.log('info', `${peer.hello.name} is ${message.reason}`);
    }
  }

  /** A member says that this node came back with less than it once acknowledged: it takes everything anew, as a joiner (R14). */
  private startOver(peer: Peer): void {
    const { self, ports, separations } = this.context;
    if (!this.joined || this.stops) return;
    this.context.log(
      'warn',
      `${peer.hello.name} says that the data here is older than what was acknowledged: it is taken anew`,
    );
    self.isJoined = false;
    ports.storage.setMeta('joined', undefined);
    separations.clear();
    this.sessions.closeAll();
  }

  private receiveChanges(peer: Peer, group: Group, ranges: readonly Parameters<Replica['receive']>[0][]): void {
    if (!this.joined && !this.snapshots.isJoiningFrom(peer)) return;
    if (!this.intake.takes(group)) return this.intake.miss(peer);
    for (const range of ranges) {
      peer.noteHas(group, range.origin, range.upto);
      if (!this.context.replicas[group].receive(range)) peer.gapDue = true;
    }
    this.context.ports.storage.observeClock(this.context.clock.last);
    peer.ackDue = true;
    if (!this.joined) this.snapshots.joinIfReady(peer);
    this.eviction.step();
  }
}
