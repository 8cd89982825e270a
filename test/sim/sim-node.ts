import type { IncidentRecord, Settings } from '../../src/core/membership/records.js';
import { type Entry, lastWriteOf } from '../../src/core/model/entry.js';
import { OperatorError } from '../../src/core/model/errors.js';
import type { VersionVector } from '../../src/core/model/vector.js';
import { nextBoot, type Origin, originOf, type ReplicaId, replicaOf } from '../../src/core/model/version.js';
import { NodeCore } from '../../src/core/node.js';
import type { Message } from '../../src/core/replication/messages.js';
import { type MemoryLimit, NO_LIMIT } from '../../src/core/store/eviction.js';
import { GROUPS, type Group, type Storage } from '../../src/core/store/store.js';
import { BATCH_WRITES_MAX } from '../../src/engines/batch.js';
import { RequestBatch } from '../../src/fronts/resp/request-batch.js';
import { Driver, type DriverHost, type Stop, type Ways } from '../../src/node/driver/driver.js';
import type { DriverLinks, Timers } from '../../src/node/driver/ports.js';
import type { SimClock } from './clock.js';
import { type DiskMachine, type DiskObserver, SimDisk } from './disk.js';
import type { DiskFault, FilesCopy } from './files.js';
import type { Endpoint } from './network.js';
import type { World } from './world.js';
import type { Write } from './writes.js';
import { keyId } from './writes.js';

/** One machine of the simulation with a node on it: the core and the driver that ship, with a disk, links, clocks and timers of its own. */
export class SimNode implements Endpoint, DiskObserver, DriverHost {
  core: NodeCore | null = null;
  driver: Driver | null = null;
  replica: ReplicaId;
  boot = 0;
  disk: SimDisk;
  /** Whose message is being handled. */
  handling: SimNode | null = null;
  /** Left for good, or not to come back by itself. */
  isGone = false;
  isLeaving = false;
  /** Of this start, the last of its data writes that a client was told to be kept. */
  ackedUpto = 0;
  private epoch = 0;
  /** The core can go on no more, and the process is about to end. */
  private isEnding = false;
  /** Where a joiner asks to be let in. */
  private seed: SimNode | null = null;
  /** What waits for the process to go on; null: it runs. */
  private asleep: (() => void)[] | null = null;
  private knewCache: VersionVector | null = null;
  private readonly resolvedSeen = new Set<string>();

  constructor(
    readonly world: World,
    readonly name: string,
    readonly clock: SimClock,
    readonly memoryOnly: boolean,
    readonly memory: MemoryLimit = NO_LIMIT,
    /** Its event loop hardly has time to wait. */
    private readonly isBusy = false,
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
    // What the process before has left is read back first, which takes its time.
    if (this.disk.isOpening) this.world.startLater(this, 1);
    else this.launch(false, {});
  }

  private launch(founds: boolean, settings: Partial<Settings>): void {
    const { world } = this;
    const epoch = ++this.epoch;
    this.ackedUpto = 0;
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
    this.driver = new Driver(
      this.core,
      {
        disk: this.disk,
        links: this.links(),
        timers: this.timers(epoch),
        monoMs: ports.monoMs,
        random: ports.random,
        load: () => (this.isBusy ? 1 : 0),
      },
      this,
    );
    world.observe('started', this);
    this.disk.start();
    this.driver.start();
    this.opened();
  }

  /** What the core gets as its storage. */
  protected openStorage(): Storage {
    return this.disk;
  }

  /** The node has been started. */
  protected opened(): void {}

  private newDisk(): SimDisk {
    const disk = new SimDisk(this.memoryOnly, this, this.machine());
    void disk.open();
    return disk;
  }

  private machine(): DiskMachine {
    const { clock, world } = this;
    const { random, schedule } = world;
    const promising = (): void => {
      world.hasPromises = true;
    };
    /** What goes on when it runs may be waited for by a promise. */
    const awaited = (run: () => void) => (): void => {
      promising();
      run();
    };
    return {
      random,
      timers: { monoMs: () => clock.monoMs(), after: (ms, run) => this.timers(this.epoch).after(ms, awaited(run)) },
      promising,
      later: (kind, run) => {
        // Between two processes it takes no time.
        if (this.core === null) return awaited(run)();
        const delayMs = kind === 'sync' ? world.syncDelayMs(this.disk.files.fault === 'slow') : random.between(0, 1);
        const { epoch } = this;
        schedule.after(delayMs, () => this.inProcess(epoch, awaited(run)));
      },
    };
  }

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
    const wasKept = kind === 'process' && !this.disk.isMemoryAlone;
    if (kind === 'process') this.disk.killProcess();
    else this.disk.losePower();
    void this.reopen().then(() => {
      this.world.forgetLost(this);
      this.world.observe('crashed', this, wasKept);
    });
  }

  /** What the process has left is read back. What was durable by its own word must be there (R6), whatever the disk did. */
  private async reopen(): Promise<void> {
    const lost = await this.disk.open();
    if (lost !== null) this.world.noteFailure('journal', `${this.name} lost what was durable: ${lost}`);
  }

  /** Its disk is set back to an older copy while it is down. What it wrote since and nobody received is gone. */
  setBack(copy: FilesCopy): void {
    const { world, replica } = this;
    world.note(`${this.name} is set back`);
    if (this.core !== null) this.halt();
    this.disk.putBack(copy);
    void this.reopen().then(() => {
      for (const group of GROUPS) {
        const { vector } = this.disk.inner(group);
        for (const origin of world.book.originsOf(group, replica)) {
          for (const write of world.book.of(group, origin))
            if (!vector.covers(origin, lastWriteOf(write.entry).seq)) write.isUncertain = true;
        }
      }
      world.setBack.add(replica);
      world.observe('setBack', this);
    });
  }

  failDisk(fault: DiskFault): void {
    this.world.note(`the disk of ${this.name} is ${fault}`);
    this.disk.files.fail(fault);
  }

  mendDisk(): void {
    if (this.disk.files.fault === null) return;
    this.world.note(`the disk of ${this.name} works`);
    this.disk.files.mend();
  }

  /** The data of its former self is set aside; it is somebody new. */
  becomeFresh(): void {
    if (this.memoryOnly) this.world.observe('emptied', this);
    this.replica = this.world.random.hex(16);
    this.disk = this.newDisk();
    this.isLeaving = false;
  }

  halt(): void {
    this.driver?.halt();
    this.core = this.driver = null;
    this.asleep = null;
    this.epoch++;
    this.isEnding = false;
    this.seed = null;
    this.world.network.drop(this);
  }

  // ---- events

  /** An operator asks for something. */
  turn(event: (core: NodeCore) => void): void {
    if (this.core === null) return;
    event(this.core);
    this.flush();
    this.driver?.schedule();
  }

  /** A client does: what it has written is in the file before it is told. */
  serve(event: (core: NodeCore) => void): void {
    if (this.core === null) return;
    event(this.core);
    this.driver?.served();
    if (this.flush()) this.ackedUpto = this.disk.inner('data').vector.get(originOf(this.replica, this.boot));
    this.driver?.changed();
  }

  /** As clients do that set many keys at once. Returns how many of them compiled code has written. */
  setAtOnce(keys: readonly Uint8Array[], value: string): number {
    const core = this.core!;
    const nowMs = core.nowMs;
    const bytes = Buffer.concat(keys.map((key) => setRequest(key, value)));
    const batch = Object.assign(new RequestBatch(), { bytes, end: bytes.length, nowMs });
    const writes = this.disk.perform(batch, core.reserve(BATCH_WRITES_MAX, nowMs), keys);
    core.wrote(writes);
    return writes;
  }

  /** Returns whether all is in the file: whoever asked for it is told so, or that it may not survive. */
  private flush(): boolean {
    try {
      this.disk.flush();
      return true;
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
      return false;
    }
  }

  linkUp(link: number, dialled: string | null): void {
    this.whenAwake(() => this.driver?.linkUp(link, dialled));
  }

  linkDown(link: number): void {
    this.whenAwake(() => this.driver?.linkDown(link, null));
  }

  receive(link: number, message: Message, from: Endpoint): void {
    this.whenAwake(() => {
      this.handling = from as SimNode;
      this.driver?.receive(link, message);
      this.handling = null;
      this.world.observe('received', this, from as SimNode, message);
    });
  }

  dialFailed(address: string): void {
    this.whenAwake(() => this.driver?.dialFailed(address));
  }

  // ---- what the driver asks for

  ticking(): void {}

  ticked(): void {}

  /** A joiner knows a member, or is told of another one. */
  ways(): Ways {
    const { core, world } = this;
    if (core?.state !== 'joining') return { seeds: [], members: [] };
    const isFit = (node: SimNode): boolean => node !== this && node.isJoined && !world.former.has(node.replica);
    if (this.seed === null || !isFit(this.seed)) {
      const fit = world.nodes.filter(isFit);
      this.seed = fit.length === 0 ? null : world.random.pick(fit);
    }
    return { seeds: this.seed === null ? [] : [this.seed.name], members: [] };
  }

  log(level: string, message: string): void {
    this.world.note(`${this.name}: ${message}`);
    if (level === 'error') this.world.noteFailure('crash', `${this.name}: ${message}`);
  }

  mustStop({ code, message }: Stop): void {
    const { world, epoch } = this;
    world.note(`${this.name} must stop: ${code}: ${message}`);
    if (code === 'wrong-cluster') world.fail('membership', `${this.name}: ${message}`);
    if (this.isLeaving || this.isEnding) return;
    this.isEnding = true;
    const end = (): void => this.endInOrder(() => this.comesBackAfter(code));
    world.schedule.after(1, () => this.inProcess(epoch, end));
  }

  /** Its operator stops it, sets its data aside, and starts it as somebody new. */
  startAnew(): void {
    this.endInOrder(() => this.comesBackAfter('forgotten'));
  }

  /** As an operator brings it back. */
  private comesBackAfter(code: Stop['code']): void {
    const { world } = this;
    if (code === 'forgotten' || this.memoryOnly) this.becomeFresh();
    if (code === 'name-taken') world.forgetDeadHolder(this.name);
    world.startLater(this, world.random.between(100, 800));
  }

  /** The process ends: its peers are told, and what waits is sent. */
  protected endInOrder(ended: () => void): void {
    const { driver, epoch, world } = this;
    if (driver === null) return;
    world.hasPromises = true;
    driver.halt();
    const end = async (): Promise<void> => {
      await driver.sendOut();
      await this.disk.close();
      if (this.epoch !== epoch) return;
      world.note(`${this.name} has stopped`);
      this.halt();
      this.disk.killProcess();
      await this.reopen();
      ended();
    };
    void end();
  }

  private links(): DriverLinks {
    const { network, nodes } = this.world;
    return {
      send: (link, message) => network.send(link, this, message),
      close: (link) => network.close(link, this),
      dial: (address, timeoutMs) =>
        network.dial(this, nodes.find(({ name }) => name === address) ?? null, address, timeoutMs),
    };
  }

  private timers(epoch: number): Timers {
    const { random, schedule } = this.world;
    const after = (ms: number, run: () => void) => {
      let isOff = false;
      schedule.after(ms, () => this.inProcess(epoch, () => isOff || run()));
      return () => {
        isOff = true;
      };
    };
    return {
      soon: (run) => void after(random.between(0, 1), run),
      after,
      every(ms, run) {
        let isOff = false;
        const next = (): void => {
          if (isOff) return;
          run();
          after(ms, next);
        };
        after(ms, next);
        return () => {
          isOff = true;
        };
      },
    };
  }

  /** Something of this run of the process happens, once it does not hang. */
  protected inProcess(epoch: number, run: () => void): void {
    this.whenAwake(() => {
      if (this.isIn(epoch)) run();
    });
  }

  // ---- what the disk tells

  writing(group: Group, entry: Entry, before: Entry | undefined): void {
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
    world.observe('writing', this, write, before);
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
      // Members that did not hear of it may open it once more, and it is resolved again.
      const resolution = `${record.id} at ${record.fence}`;
      if (
        record.state !== 'resolved' ||
        record.covered === null ||
        record.counts === null ||
        this.resolvedSeen.has(resolution)
      )
        return;
      this.resolvedSeen.add(resolution);
      this.world.observe('resolved', this, record);
    }
  }
}

const NOBODY: ReadonlySet<ReplicaId> = new Set();

/** Without the byte that says the database. */
function setRequest(key: Uint8Array, value: string): Buffer {
  const name = key.subarray(1);
  const head = Buffer.from(`*3\r\n$3\r\nSET\r\n$${name.length}\r\n`);
  return Buffer.concat([head, name, Buffer.from(`\r\n$${value.length}\r\n${value}\r\n`)]);
}

export function authorOf(entry: Entry): ReplicaId {
  return replicaOf(lastWriteOf(entry).origin);
}
