import type { Effect } from '../../src/core/context.js';
import type { IncidentRecord, Settings } from '../../src/core/membership/records.js';
import { type Entry, lastWriteOf } from '../../src/core/model/entry.js';
import type { VersionVector } from '../../src/core/model/vector.js';
import { nextBoot, type Origin, originOf, type ReplicaId, replicaOf } from '../../src/core/model/version.js';
import { NodeCore } from '../../src/core/node.js';
import type { Message } from '../../src/core/replication/messages.js';
import { sortOut } from '../../src/core/replication/outgoing.js';
import { type MemoryLimit, NO_LIMIT } from '../../src/core/store/eviction.js';
import { type DiskTakes, GROUPS, type Group, type Storage } from '../../src/core/store/store.js';
import type { SimClock } from './clock.js';
import { type DiskImage, type DiskObserver, SimDisk } from './disk.js';
import type { Endpoint } from './network.js';
import type { World } from './world.js';
import type { Write } from './writes.js';
import { keyId } from './writes.js';

const TICK_MS = 10;
const DIAL_BACKOFF_MS = 120;

type Outgoing = Extract<Effect, { kind: 'send' | 'close' }>;

/** One machine of the simulation, and the driver of the node on it: what the node asks for is done here, late. */
export class SimNode implements Endpoint, DiskObserver {
  core: NodeCore | null = null;
  replica: ReplicaId;
  boot = 0;
  disk: SimDisk;
  /** Left for good, or not to come back by itself. */
  isGone = false;
  isLeaving = false;
  /** Whose message is being handled. */
  handling: SimNode | null = null;
  private epoch = 0;
  private isSyncing = false;
  private isWorking = false;
  /** What waits for the process to go on; null: it runs. */
  private asleep: (() => void)[] | null = null;
  private readonly outboxes = new Map<number, Outgoing[]>();
  private readonly dialling = new Set<string>();
  private knewCache: VersionVector | null = null;
  private readonly resolvedSeen = new Set<string>();

  constructor(
    readonly world: World,
    readonly name: string,
    readonly clock: SimClock,
    readonly memoryOnly: boolean,
    readonly memory: MemoryLimit = NO_LIMIT,
  ) {
    this.replica = world.random.hex(16);
    this.disk = this.newDisk();
  }

  get isUp(): boolean {
    return this.core !== null;
  }

  get isJoined(): boolean {
    return this.core !== null && this.core.state !== 'joining';
  }

  get isServing(): boolean {
    return this.core !== null && this.core.state === 'serving';
  }

  /** The time that the node keeps, as long as it runs. */
  get wallMs(): number {
    return this.core?.nowMs ?? this.clock.wallMs();
  }

  /** Of which start of the node something is. */
  get currentEpoch(): number {
    return this.epoch;
  }

  isIn(epoch: number): boolean {
    return this.core !== null && this.epoch === epoch;
  }

  // ---- life

  found(clusterId: string, settings: Partial<Settings>): void {
    this.disk.setMeta('clusterId', clusterId);
    this.launch(true, settings);
  }

  start(): void {
    this.launch(false, {});
  }

  private launch(founds: boolean, settings: Partial<Settings>): void {
    const { world } = this;
    const epoch = ++this.epoch;
    const previousBoot = (this.disk.getMeta('boot') as number | undefined) ?? 0;
    this.boot = nextBoot(previousBoot, this.clock.wallMs(), world.random.next());
    this.disk.setMeta('boot', this.boot);
    this.knewCache = null;
    const ports = {
      storage: this.openStorage(),
      wallMs: () => this.clock.wallMs(),
      monoMs: () => this.clock.monoMs(),
      random: () => world.random.next(),
    };
    const clusterId = (this.disk.getMeta('clusterId') as string | undefined) ?? null;
    const { replica, boot, name, memoryOnly } = this;
    world.note(`${name} starts as ${replica}.${boot}`);
    const self = {
      replica,
      boot,
      previousBoot,
      name,
      address: name,
      memoryOnly,
      memory: this.memory,
      slices: world.options.slices,
    };
    this.core = new NodeCore(ports, { ...self, clusterId, founds, settings });
    this.core.durable(this.disk.durablePosition);
    this.after();
    world.observe('started', this);
    this.opened();
    const tick = (): void => {
      if (this.epoch !== epoch || this.core === null) return;
      this.turn((core) => core.tick());
      this.dialAll();
      world.schedule.after(TICK_MS, () => this.whenAwake(tick));
    };
    world.schedule.after(world.random.between(0, TICK_MS), () => this.whenAwake(tick));
  }

  /** What the core gets as its storage. */
  protected openStorage(): Storage {
    return this.disk;
  }

  /** The node has been started. */
  protected opened(): void {}

  protected newDisk(): SimDisk {
    return new SimDisk(this.memoryOnly, this);
  }

  /** What was on the disk's way is there. */
  protected synced(): void {}

  // ---- a process that stands still

  get hangs(): boolean {
    return this.asleep !== null;
  }

  /** Nothing is done until it goes on; what comes meanwhile waits. */
  hang(): void {
    if (this.core === null || this.asleep !== null) return;
    this.world.note(`${this.name} hangs`);
    this.asleep = [];
  }

  goOn(): void {
    if (this.asleep === null) return;
    this.world.note(`${this.name} goes on`);
    const waiting = this.asleep;
    this.asleep = null;
    for (const run of waiting) run();
  }

  whenAwake(run: () => void): void {
    if (this.asleep === null) run();
    else this.asleep.push(run);
  }

  /** The process dies, or the whole machine loses power. */
  crash(kind: 'process' | 'power'): void {
    if (this.core === null) return;
    this.world.note(`${this.name} crashes: ${kind}`);
    this.halt();
    if (this.memoryOnly) return this.becomeFresh();
    if (kind === 'process') this.disk.killProcess();
    else this.disk.losePower(this.world.random.between(0, this.disk.pendingCount));
    this.world.forgetLost(this);
    this.world.observe('crashed', this);
  }

  /** Its disk is set back to an older copy while it is down. What it wrote since and nobody received is gone. */
  setBack(copy: DiskImage): void {
    const { world, replica } = this;
    world.note(`${this.name} is set back`);
    if (this.core !== null) this.halt();
    this.disk.putBack(copy);
    for (const group of GROUPS) {
      const { vector } = this.disk.inner(group);
      for (const origin of world.book.originsOf(group, replica)) {
        for (const write of world.book.of(group, origin))
          if (!vector.covers(origin, lastWriteOf(write.entry).seq)) write.isUncertain = true;
      }
    }
    world.setBack.add(replica);
    world.observe('setBack', this);
  }

  failDisk(takes: DiskTakes): void {
    this.world.note(`the disk of ${this.name} takes ${takes}`);
    this.disk.fail(takes);
  }

  mendDisk(): void {
    if (this.disk.takes === 'all') return;
    this.failDisk('all');
    this.syncSoon();
  }

  /** The data of its former self is set aside; it is somebody new. */
  becomeFresh(): void {
    this.replica = this.world.random.hex(16);
    this.disk = this.newDisk();
    this.isLeaving = false;
  }

  halt(): void {
    this.core = null;
    this.asleep = null;
    this.epoch++;
    this.isSyncing = this.isWorking = false;
    this.outboxes.clear();
    this.dialling.clear();
    this.world.network.drop(this);
  }

  // ---- events

  turn(event: (core: NodeCore) => void): void {
    if (this.core === null) return;
    event(this.core);
    this.after();
  }

  linkUp(link: number, weDialled: boolean): void {
    this.outboxes.set(link, []);
    this.whenAwake(() => this.turn((core) => core.linkUp(link, weDialled)));
  }

  linkDown(link: number): void {
    this.whenAwake(() => {
      this.outboxes.delete(link);
      this.turn((core) => core.linkDown(link));
    });
  }

  receive(link: number, message: Message, from: Endpoint): void {
    this.whenAwake(() => {
      this.handling = from as SimNode;
      this.turn((core) => core.receive(link, message));
      this.handling = null;
      this.world.observe('received', this, from as SimNode, message);
    });
  }

  dialFailed(to: Endpoint): void {
    this.dialling.delete(to.name);
  }

  protected after(): void {
    const { core, world } = this;
    if (core === null) return;
    core.pump();
    this.disk.flush();
    this.perform(core.takeEffects());
    if (this.core === null) return;
    this.syncSoon();
    if (this.isWorking) return;
    this.isWorking = true;
    const { epoch } = this;
    world.schedule.after(1, () => this.whenAwake(() => this.workOn(epoch)));
  }

  private workOn(epoch: number): void {
    if (this.epoch !== epoch || this.core === null) return;
    const works = this.core.work();
    const feeds = this.core.pump();
    this.perform(this.core?.takeEffects() ?? []);
    if (this.core === null) return;
    this.syncSoon();
    this.disk.flush();
    if (works || feeds) this.world.schedule.after(1, () => this.whenAwake(() => this.workOn(epoch)));
    else this.isWorking = false;
  }

  protected perform(effects: readonly Effect[]): void {
    for (const effect of effects) {
      if (effect.kind === 'log') this.world.note(`${this.name}: ${effect.message}`);
      else if (effect.kind === 'stop') this.obeyStop(effect);
      else this.outboxes.get(effect.link)?.push(effect);
      if (this.core === null) return;
    }
    this.flush();
  }

  private obeyStop(effect: Extract<Effect, { kind: 'stop' }>): void {
    const { world } = this;
    world.note(`${this.name} must stop: ${effect.code}: ${effect.message}`);
    if (effect.code === 'wrong-cluster') world.fail('membership', `${this.name}: ${effect.message}`);
    if (this.isLeaving) return;
    this.halt();
    if (effect.code === 'forgotten') this.becomeFresh();
    if (effect.code === 'name-taken') world.forgetDeadHolder(this.name);
    world.startLater(this, world.random.between(100, 800));
  }

  /** Each message goes once the disk has all that the node had when it made it (R6). */
  private flush(): void {
    const { network } = this.world;
    for (const [link, outbox] of this.outboxes) {
      const { due, waiting } = sortOut(outbox, this.disk.durablePosition);
      outbox.splice(0, outbox.length, ...waiting);
      for (const effect of due) {
        if (effect.kind === 'send') network.send(link, this, effect.message);
        else {
          network.close(link, this);
          this.outboxes.delete(link);
        }
      }
    }
  }

  protected syncSoon(): void {
    if (this.isSyncing || !this.disk.hasUnsynced || this.disk.takes === 'nothing') return;
    this.isSyncing = true;
    const { epoch } = this;
    const { position } = this.disk;
    const synced = (): void => {
      if (this.epoch !== epoch || this.core === null) return;
      this.isSyncing = false;
      // It failed meanwhile: all of it is written anew once the disk takes it.
      if (this.disk.takes === 'nothing') return;
      this.disk.sync(position);
      this.synced();
      this.turn((core) => core.durable(position));
    };
    this.world.schedule.after(this.world.syncDelayMs(), () => this.whenAwake(synced));
  }

  private dialAll(): void {
    const { core, world } = this;
    if (core === null) return;
    if (core.state === 'joining') {
      const seeds = world.nodes.filter((node) => node !== this && node.isJoined && !world.former.has(node.replica));
      if (this.dialling.size === 0 && core.status.peers.size === 0 && seeds.length > 0)
        this.dial(world.random.pick(seeds));
      return;
    }
    for (const member of core.wantedLinks()) {
      const to = world.nodes.find((node) => node.name === member.address);
      if (to !== undefined && to !== this) this.dial(to);
    }
  }

  private dial(to: SimNode): void {
    if (this.dialling.has(to.name)) return;
    this.dialling.add(to.name);
    this.world.network.dial(this, to);
    const { epoch } = this;
    this.world.schedule.after(this.world.random.between(DIAL_BACKOFF_MS / 2, 2 * DIAL_BACKOFF_MS), () => {
      if (this.epoch === epoch) this.dialling.delete(to.name);
    });
  }

  // ---- what the disk tells

  writing(group: Group, entry: Entry): void {
    const { world } = this;
    const write: Write = {
      group,
      entry,
      id: keyId(entry),
      atMs: world.schedule.nowMs,
      knew: this.knew(),
      apart: this.apart(),
      lost: false,
      isUncertain: false,
    };
    world.observe('writing', this, write);
    world.book.add(write);
    if (group === 'system') this.noteRecord(entry);
  }

  putting(group: Group, entry: Entry, before: Entry | undefined): void {
    this.world.observe('putting', this, group, entry, before);
  }

  dropping(group: Group, entry: Entry): void {
    this.world.observe('dropping', this, group, entry);
  }

  trimming(group: Group, origin: Origin, upto: number): void {
    this.world.observe('trimming', this, group, origin, upto);
  }

  advanced(group: Group, origin: Origin, from: number, upto: number): void {
    if (group === 'data' && origin !== originOf(this.replica, this.boot)) this.knewCache = null;
    this.world.observe('advanced', this, group, origin, from, upto);
  }

  retired(group: Group, replica: ReplicaId, boot: number): void {
    this.knewCache = null;
    this.world.observe('retired', this, group, replica, boot);
  }

  private knew(): VersionVector {
    this.knewCache ??= this.disk.inner('data').vector.clone();
    return this.knewCache;
  }

  private apart(): ReadonlySet<ReplicaId> {
    const status = this.core?.status;
    if (status === undefined) return NOBODY;
    const apart = status.separations.list().filter(([replica]) => !status.peers.has(replica));
    return apart.length === 0 ? NOBODY : new Set(apart.map(([replica]) => replica));
  }

  /** What the world must know of the cluster's own records at once. */
  private noteRecord(entry: Entry): void {
    const id = keyId(entry);
    if (entry.value === null) return;
    if (id.startsWith('member/')) {
      const record = JSON.parse(Buffer.from(entry.value).toString()) as { replica: string; state: string };
      this.world.note(`${this.name} writes member ${record.replica} ${record.state} ${entry.hlc}`);
      if (record.state !== 'member') this.world.former.add(record.replica);
    } else if (id.startsWith('incident/')) {
      const record = JSON.parse(Buffer.from(entry.value).toString()) as IncidentRecord;
      this.world.note(
        `${this.name} writes incident ${record.id} ${record.state} ${record.problem ?? ''} ${JSON.stringify(record.islands.map(({ replicas }) => replicas.map((replica) => this.world.nodeOf(replica)?.name)))}`,
      );
      if (record.state === 'resolving' && record.fence !== null) this.world.observe('fenced', record);
      if (
        record.state !== 'resolved' ||
        record.covered === null ||
        record.counts === null ||
        this.resolvedSeen.has(record.id)
      )
        return;
      this.resolvedSeen.add(record.id);
      this.world.observe('resolved', this, record);
    }
  }
}

const NOBODY: ReadonlySet<ReplicaId> = new Set();

export function authorOf(entry: Entry): ReplicaId {
  return replicaOf(lastWriteOf(entry).origin);
}
