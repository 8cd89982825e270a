import type { Context, Effect, Ports, Self } from './context.js';
import { Inbox } from './inbox.js';
import { Departure } from './membership/departure.js';
import { Founding, type Gathers } from './membership/founding.js';
import { Instances } from './membership/instances.js';
import { Liveness } from './membership/liveness.js';
import { MemoryMembers } from './membership/memory-members.js';
import { announceSelf, foundCluster, writeAnew } from './membership/own-record.js';
import { countsInParts, partsFault } from './membership/parts-support.js';
import type { Presence } from './membership/presence.js';
import { Problems } from './membership/problems.js';
import { Quorum } from './membership/quorum.js';
import { RecordChanges } from './membership/record-changes.js';
import { type MemberRecord, Records, type Settings } from './membership/records.js';
import { Serving } from './membership/serving.js';
import { Sessions } from './membership/sessions.js';
import { Setbacks } from './membership/setbacks.js';
import { Snapshots } from './membership/snapshots.js';
import { BUCKETS, type Bytes } from './model/bytes.js';
import { type Entry, isLive, isTombstone, type ValueType } from './model/entry.js';
import { type Hlc, HybridClock } from './model/hlc.js';
import type { Publication } from './model/publication.js';
import { originOf, type ReplicaId } from './model/version.js';
import { type NodeStatus, statusOf } from './node-status.js';
import { Operator } from './operator.js';
import { Gates } from './partition/gates.js';
import { Incidents } from './partition/incidents.js';
import { Separations } from './partition/separations.js';
import { AckTable } from './replication/acks.js';
import { ClockDoor } from './replication/clock-door.js';
import { ClockWatch } from './replication/clock-watch.js';
import { Collections } from './replication/collections.js';
import { EarlierWrites } from './replication/earlier-writes.js';
import { feed, isFeedingMuch, type SharedBatches } from './replication/feed.js';
import { Housekeeping } from './replication/housekeeping.js';
import { Intake } from './replication/intake.js';
import { LinkFaults } from './replication/link-faults.js';
import { linkRule, stageOf } from './replication/link-rules.js';
import type { Message } from './replication/messages.js';
import type { Reservation } from './replication/numbering.js';
import { Replica } from './replication/replica.js';
import { StateLog } from './replication/state-log.js';
import { SteadyClock } from './replication/steady-clock.js';
import { StubCollection } from './replication/stub-collection.js';
import { type AsideLimits, AsideRoom, USUAL_ASIDE_LIMITS } from './resolution/aside-room.js';
import { AsideWrites } from './resolution/aside-writes.js';
import { OperatorActions } from './resolution/operator-actions.js';
import { Overrides, type OverridesKind } from './resolution/overrides.js';
import { Eviction, type MemoryLimit, NO_LIMIT } from './store/eviction.js';
import { SLICES, type Slices } from './store/slices.js';

export interface NodeOptions {
  readonly replica: ReplicaId;
  readonly boot: number;
  /** The boot before, as the directory remembers it; absent or 0: none. */
  readonly previousBoot?: number;
  readonly name: string;
  readonly address: string;
  readonly memoryOnly: boolean;
  /** It is attached to a Redis, to which and from which all but hashes, sets and sorted sets travels whole. */
  readonly keepsWhole?: boolean;
  /** Of mneme, for operators. */
  readonly version?: string;
  /** null: join the cluster of one of the seeds. */
  readonly clusterId: string | null;
  /** The founder of a cluster: writes its own member record and these settings. */
  readonly founds: boolean;
  readonly settings?: Partial<Settings>;
  readonly gathers?: Gathers | null;
  /** For simulations; by default what suits real machines. */
  readonly slices?: Slices;
  /** What this node's entries may take; no limit if absent. */
  readonly memory?: MemoryLimit;
  /** What it may hold set aside; absent: the usual. */
  readonly setAside?: AsideLimits;
}

/** gathering: it has no cluster yet, or is alone in one. read-only: the disk does not take clients' writes (R17). */
export type NodeState = 'gathering' | 'joining' | 'loading' | 'serving' | 'read-only' | 'no-quorum' | 'stopping';

/** Parts that are forgotten in a step: a millisecond. */
const SWEPT_PER_STEP = 1024;

/**
 * One node of a cluster, without its disk, sockets and clocks: events come in by the methods, what is to be done comes out
 * by `takeEffects`. Invariants, in order of their rules:
 * - data entries are applied from a peer only while both gates are open, or as a snapshot that this node asked for (R11);
 * - a gate opens by a verdict of catch-up, or by a resolution that took in both ends, and by nothing else (R10, R12);
 * - every message is sent only once all that this node had when it was made is durable (R6).
 */
export class NodeCore {
  readonly status: NodeStatus;
  /** What is wrong at this node now; outer rooms note theirs here too. */
  readonly problems: Problems;
  readonly eviction: Eviction;
  /** How it finds or founds a cluster, if it was started without one. */
  readonly founding: Founding;
  readonly departure: Departure;
  readonly operator: Operator;
  readonly earlier: EarlierWrites;
  /** Hashes, sets, sorted sets and numbers that clients add to. */
  readonly collections: Collections;
  private readonly context: Context;
  private readonly liveness: Liveness;
  private readonly incidents: Incidents;
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
  private readonly inbox: Inbox;
  /** Told that users or settings have changed, so that who may come in may be others now. */
  onAccessChange: () => void = () => {};
  /** A client of a linked member has published something. */
  onPublication: (publication: Publication) => void = () => {};
  private effects: Effect[] = [];
  private reads = 0;

  constructor(
    ports: Ports,
    options: NodeOptions,
    /** Called after a peer acknowledged something, for WAIT. */
    onAck: () => void = () => {},
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
    const { replica, boot, previousBoot = 0, name, address, memoryOnly, version, clusterId } = options;
    const keepsWhole = options.keepsWhole === true;
    const isJoined = options.founds || storage.getMeta('joined') === true;
    const self: Self = {
      replica,
      boot,
      previousBoot,
      name,
      address,
      memoryOnly,
      keepsWhole,
      version,
      clusterId,
      isJoined,
    };
    const steady: Ports = { ...ports, wallMs, monoMs: () => ports.monoMs(), random: () => ports.random() };
    const records = new Records(system);
    const problems = new Problems(wallMs, (level, message, about) => this.context.log(level, message, about));
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
      asideRoom: new AsideRoom(records, options.setAside ?? USUAL_ASIDE_LIMITS),
      send: (link, message, position = storage.position) =>
        this.effects.push({ kind: 'send', link, message, position }),
      effect: (effect) => {
        // Whatever still comes in until the process ends: nothing of it may count as complete, and clients must not rely on it.
        if (effect.kind === 'stop') this.departure.end();
        this.effects.push(effect);
      },
      log: (level, message, about) => this.effects.push({ kind: 'log', level, message, about }),
    };
    this.problems = problems;
    this.eviction = new Eviction(storage, () => ports.random(), options.memory ?? NO_LIMIT);
    for (let bucket = 0; bucket < BUCKETS; bucket++) this.context.records.load(system.store.bucket(bucket));
    this.liveness = new Liveness(this.context);
    this.status = statusOf(this.context, this.liveness);
    this.incidents = new Incidents(this.context, this.liveness);
    this.housekeeping = new Housekeeping(this.context);
    this.linkFaults = new LinkFaults(this.context);
    this.watch = new ClockWatch(this.context, this.time);
    const nextReadId = (): number => ++this.reads;
    this.gates = new Gates(this.context, this.liveness, this.incidents, (peer) => this.snapshots.gateShut(peer));
    this.snapshots = new Snapshots(this.context, this.liveness, this.gates, nextReadId, () => this.sessions.closeAll());
    this.stubs = new StubCollection(this.context, this.liveness, this.eviction, () => this.snapshots.isTaking);
    const isGone = (): boolean => this.departure.isGone;
    this.actions = new OperatorActions(this.context, this.liveness, this.incidents, nextReadId, isGone);
    this.instances = new Instances(this.context, this.liveness);
    this.quorum = new Quorum(this.context, this.liveness);
    this.stateLog = new StateLog(this.context, this.liveness, this.quorum);
    const isOverriding = (): boolean => this.actions.isOverriding;
    this.departure = new Departure(this.context, this.liveness, () => this.sessions, isOverriding);
    const memoryMembers = new MemoryMembers(this.context);
    this.sessions = new Sessions(
      this.context,
      this.liveness,
      this.gates,
      this.snapshots,
      this.instances,
      this.quorum,
      memoryMembers,
      () => this.departure.isGoing,
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
      memoryMembers,
      isGone,
      this.asides,
      () => this.onAccessChange(),
    );
    this.serving = new Serving(this.context, this.liveness);
    const { gathers = null, settings = {} } = options;
    this.founding = new Founding(context, liveness, gathers, settings, isGone);
    this.operator = new Operator(context, this.actions, this.quorum, sessions);
    this.collections = new Collections(data, wallMs);
    this.earlier = new EarlierWrites(context, this.collections);
    this.intake = new Intake(this.context);
    this.inbox = new Inbox(context, {
      ...{ liveness, gates, sessions, isGone, onAck },
      ...{ instances: this.instances, memoryMembers, setbacks: this.setbacks },
      ...{ snapshots: this.snapshots, stubs: this.stubs },
      ...{ intake: this.intake, actions: this.actions, eviction: this.eviction },
      linkBroken: (link, what) => this.linkBroken(link, what),
      onPublication: (publication) => this.onPublication(publication),
    });
    this.recordChanges.resume();
    if (options.founds) foundCluster(context, settings);
    else if (self.isJoined) announceSelf(context);
    writeAnew(context);
    for (const member of this.context.records.active()) this.liveness.expect(member.replica);
    if (this.context.records.member(self.replica)?.state === 'left') this.departure.goOn();
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
    if (this.departure.hasEnded) return;
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
      this.founding.foundIfAsked(message);
      return sessions.receiveHello(link, message);
    }
    if (message.type === 'refuse') return sessions.receiveRefuse(link, message);
    if (peer !== undefined) this.inbox.receive(peer, message);
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
    if (this.joined && !this.departure.isGone) this.liveness.detect();
    if (this.liveness.beat()) {
      this.sessions.askForSnapshot();
      if (this.joined) this.recordChanges.forgetNamesakes();
    }
    this.departure.tick();
    if (this.joined) {
      this.housekeeping.tick();
      this.incidents.tick();
    }
    this.gates.updateAll();
    this.setbacks.tell();
    this.context.asideRoom.tell(this.problems, this.context.self.name);
    this.intake.resume();
    this.serving.update();
    if (this.joined && !this.departure.isGone) this.stateLog.tick(this.serving.hasStarted);
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
    const sweeps = this.context.replicas.data.store.sweepParts(SWEPT_PER_STEP);
    this.housekeeping.fold(this.eviction.evicts);
    return acts || evicts || collects || sweeps;
  }

  /** Whether there is more to fold before the next tick, see Housekeeping. */
  get isFolding(): boolean {
    return this.housekeeping.isFolding;
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
    if (this.departure.isGoing) return 'stopping';
    if (!this.joined) return this.founding.isOut ? 'gathering' : 'joining';
    if (!this.serving.hasStarted) return this.serving.isFounding ? 'gathering' : 'loading';
    if (!this.quorum.isHere()) return 'no-quorum';
    return this.context.ports.storage.takes === 'all' ? 'serving' : 'read-only';
  }

  get(key: Bytes): (Entry & { value: Bytes }) | undefined {
    const { store } = this.context.replicas.data;
    const entry = store.get(key);
    if (store.owners.size > 0) {
      const number = this.collections.numberAt(key, entry);
      if (number !== undefined) return number;
    }
    if (!isLive(entry, this.context.ports.wallMs())) return undefined;
    store.used(key);
    return entry;
  }

  /** Whether a client's delete of the key has something to delete: a value here, or one that was evicted here. */
  canDelete(key: Bytes): boolean {
    const entry = this.context.replicas.data.store.get(key);
    if (entry !== undefined && !isTombstone(entry, this.context.ports.wallMs())) return true;
    return this.collections.shapeOf(key) !== undefined || this.collections.hasEvicted(key);
  }

  /** Told of each entry of the data that is forgotten, since it was deleted or has expired and all have it so; null: nobody asks. */
  set onDrop(onDrop: ((entry: Entry) => void) | null) {
    this.context.replicas.data.onDrop = onDrop;
  }

  /** A write of a client. The caller checks `state` first. `nowMs`: the time, for who knows it. */
  write(key: Bytes, value: Bytes | null, expiryMs: number, type?: ValueType, nowMs?: number): Entry {
    return this.context.replicas.data.write(key, value, expiryMs, type, nowMs);
  }

  /**
   * Numbers and times for writes of clients that are made where the entries lie; none if this node takes no writes so now. `wrote` is
   * to follow in the same turn, before any other write.
   */
  reserve(countMax: number, nowMs: number): Reservation {
    const { ports, replicas } = this.context;
    const takesWrites = ports.storage.takesReservations && this.state === 'serving' && !this.eviction.isOver;
    return replicas.data.reserve(takesWrites ? countMax : 0, nowMs);
  }

  /** So many of the writes were made for which `reserve` gave the numbers. */
  wrote(count: number): void {
    this.context.replicas.data.used(count);
  }

  /** Why no parts can be written now, as in "…"; null: they can. */
  partsFault(): string | null {
    return partsFault(this.context);
  }

  /** Whether what is added to a number is a part of it now, for each replica one. */
  get countsInParts(): boolean {
    return countsInParts(this.context);
  }

  /** A client changes the expiry of a key and nothing else; 0: it has none any more. False: there is no such key. As `write` otherwise. */
  touch(key: Bytes, expiryMs: number): boolean {
    const { data } = this.context.replicas;
    const entry = data.store.get(key);
    if (isLive(entry, this.context.ports.wallMs())) data.touch(entry, expiryMs);
    else if (this.collections.shapeOf(key) === undefined) return false;
    else this.collections.expire(key, expiryMs);
    return true;
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

  private get joined(): boolean {
    return this.context.self.isJoined;
  }

  private answerLook(link: number, from: Presence | null): void {
    if (from !== null) this.founding.asked(from);
    // None of it must be on the disk: what is promised is promised by this instance.
    this.context.send(link, { type: 'present', presence: this.founding.presence() }, 0);
    this.sessions.close(link);
  }
}
