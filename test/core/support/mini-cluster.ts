import type { Settings } from '../../../src/core/membership/records.js';
import { BUCKETS } from '../../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../../src/core/model/entry.js';
import { NodeCore } from '../../../src/core/node.js';
import type { Message } from '../../../src/core/replication/messages.js';
import { type AsideLimits, USUAL_ASIDE_LIMITS } from '../../../src/core/resolution/aside-room.js';
import { SLICES, type Slices } from '../../../src/core/store/slices.js';
import { GROUPS } from '../../../src/core/store/store.js';
import type { SlabStore } from '../../../src/engines/embedded/slab/slab-store.js';
import { MemoryEngine } from '../../../src/engines/memory/memory-engine.js';
import { Driver, type DriverHost, type Stop } from '../../../src/node/driver/driver.js';
import type { Cancel, DriverLinks, Timers } from '../../../src/node/driver/ports.js';

const TICK_MS = 10;
export const TIMEOUT_MS = 500;

interface Link {
  readonly id: number;
  readonly from: MiniNode;
  readonly to: MiniNode;
}

/** A node as it ships, core, driver and store; its disk never loses anything. */
export class MiniNode {
  core: NodeCore | null = null;
  driver: Driver | null = null;
  boot = 0;
  /** By how much the clock of its machine is ahead of the others'. */
  wallAheadMs = 0;
  /** What it logged, as `level message`. */
  readonly log: string[] = [];
  /** Kept over restarts. */
  storage = new MemoryEngine();

  constructor(
    /** Its address too. */
    readonly name: string,
    readonly replica: string,
    /** The name of the member that it is. */
    readonly memberName = name,
    readonly memoryOnly = false,
  ) {}

  /** As a backup copies its directory. */
  copy(): MemoryEngine {
    return copyOf(this.storage);
  }

  putBack(copy: MemoryEngine): void {
    this.storage = copyOf(copy);
  }

  get live(): NodeCore {
    if (this.core === null) throw new Error(`${this.name} is down`);
    return this.core;
  }

  set(key: string, value: string | null): Entry {
    return this.live.write(fullKey(0, Buffer.from(key)), value === null ? null : Buffer.from(value), 0);
  }

  get(key: string): string | undefined {
    const entry = this.live.get(fullKey(0, Buffer.from(key)));
    return entry === undefined ? undefined : Buffer.from(entry.value).toString();
  }
}

/** A few nodes on a network that delivers at once, and a clock that a test moves: for the smallest scenario of a bug. */
export class MiniCluster {
  nowMs = 1_800_000_000_000;
  readonly nodes: MiniNode[] = [];
  /** Nodes that were told to stop, in order, with the code. They go on all the same. */
  readonly stopped: { readonly name: string; readonly code: string }[] = [];
  /** Told of each message right before it is delivered. */
  onDelivery: (message: Message) => void = () => {};
  /** Whether the network loses the message instead. */
  isLost: (message: Message, from: MiniNode, to: MiniNode) => boolean = () => false;
  /** For how long the message is under way; others may overtake it. */
  delayMs: (message: Message) => number = () => 0;
  /** What nodes choose by chance. Incidents of one second have one id as long as it is always the same. */
  random: () => number = () => 0.5;
  private readonly links: Link[] = [];
  private readonly cuts = new Set<string>();
  /** What happens at this moment, in order. */
  private events: (() => void)[] = [];
  /** What happens later, in the order in which it was asked for. */
  private timers: { readonly atMs: number; readonly run: () => void }[] = [];
  private ids = 0;

  constructor(
    private readonly settings: Partial<Settings> = {},
    private readonly slices: Slices = SLICES,
    /** What each node may hold set aside, from its next start on. */
    public setAside: AsideLimits = USUAL_ASIDE_LIMITS,
  ) {}

  /** The first founds the cluster, the others join it. Ids are in the order of the names. */
  add(name: string, memoryOnly = false): MiniNode {
    const node = new MiniNode(name, Buffer.from(name.padEnd(8, '.')).toString('hex'), name, memoryOnly);
    this.nodes.push(node);
    this.start(node);
    return node;
  }

  /** Another node, without data, at the address of one that has stopped. */
  replace(node: MiniNode, memberName: string, memoryOnly = false): MiniNode {
    const replica = Buffer.from(`${memberName}${this.nodes.length}`.padEnd(8, '.')).toString('hex');
    const other = new MiniNode(node.name, replica, memberName, memoryOnly);
    this.nodes.push(other);
    this.start(other);
    return other;
  }

  /** A copy of the node's directory, started beside it at another address. */
  clone(node: MiniNode, address: string): MiniNode {
    const clone = new MiniNode(address, node.replica, node.memberName);
    clone.putBack(node.storage);
    clone.boot = node.boot;
    this.nodes.push(clone);
    this.start(clone);
    return clone;
  }

  start(node: MiniNode): void {
    const founds = this.nodes[0] === node && node.boot === 0;
    // Some are left out, for a start whose clock stands behind.
    node.boot += 2;
    const previousBoot = (node.storage.getMeta('boot') as number | undefined) ?? 0;
    node.storage.setMeta('boot', node.boot);
    if (founds) node.storage.setMeta('clusterId', 'cluster');
    const clocks = {
      wallMs: () => this.nowMs + node.wallAheadMs,
      monoMs: () => this.nowMs,
      random: () => this.random(),
    };
    const { replica, boot, name, memberName, memoryOnly, storage } = node;
    const clusterId = (storage.getMeta('clusterId') as string | undefined) ?? null;
    const settings = { 'failure-timeout': TIMEOUT_MS, ...this.settings };
    const identity = { replica, boot, previousBoot, name: memberName, address: name, memoryOnly };
    const { slices, setAside } = this;
    const options = { ...identity, clusterId, founds, settings, slices, setAside };
    node.core = new NodeCore({ storage, ...clocks }, options);
    const ports = { disk: storage, links: this.linksOf(node), timers: this.timersOf(), ...clocks, load: () => 0 };
    node.driver = new Driver(node.core, ports, this.hostOf(node));
    node.driver.start();
  }

  stop(node: MiniNode): void {
    node.driver?.halt();
    for (const link of this.links.filter(({ from, to }) => from === node || to === node)) this.drop(link);
    node.core = node.driver = null;
  }

  /** Nothing passes between the groups any more. */
  partition(...groups: readonly MiniNode[][]): void {
    this.cuts.clear();
    for (const one of groups) {
      for (const other of groups)
        if (one !== other) for (const a of one) for (const b of other) this.cuts.add(pair(a, b));
    }
    for (const link of [...this.links]) if (this.cuts.has(pair(link.from, link.to))) this.drop(link);
  }

  heal(): void {
    this.cuts.clear();
  }

  /** The link between the two breaks. They may connect again at once. */
  breakLink(one: MiniNode, other: MiniNode): void {
    for (const link of [...this.links]) if (pair(link.from, link.to) === pair(one, other)) this.drop(link);
  }

  run(ms: number): void {
    const untilMs = this.nowMs + ms;
    this.settle();
    while (this.nowMs < untilMs) {
      this.nowMs = Math.min(untilMs, ...this.timers.map(({ atMs }) => atMs));
      const due = this.timers.filter(({ atMs }) => atMs <= this.nowMs);
      this.timers = this.timers.filter(({ atMs }) => atMs > this.nowMs);
      for (const { run } of due) run();
      this.drain();
    }
  }

  until(condition: () => boolean, maxMs = 20_000): void {
    for (let ms = 0; ms < maxMs; ms += TICK_MS) {
      if (condition()) return;
      this.run(TICK_MS);
    }
    throw new Error('it did not come to pass');
  }

  areAll(key: string, value: string | undefined): boolean {
    return this.nodes.every((node) => node.core === null || node.get(key) === value);
  }

  /** Deliver what is under way, and what that leads to at once. */
  settle(): void {
    for (const { driver } of this.nodes) driver?.schedule();
    this.drain();
  }

  private drain(): void {
    for (let events = this.events; events.length > 0; events = this.events) {
      this.events = [];
      for (const run of events) run();
    }
  }

  private linksOf(node: MiniNode): DriverLinks {
    return {
      send: (id, message) => {
        const arrive = (): void => this.onLink(id, (link) => this.deliver(link, otherEnd(link, node), message));
        const delayMs = this.delayMs(message);
        if (delayMs === 0) arrive();
        else this.timers.push({ atMs: this.nowMs + delayMs, run: arrive });
      },
      close: (id) => this.onLink(id, (link) => this.drop(link)),
      dial: (address) => this.events.push(() => this.dial(node, address)),
    };
  }

  /** In order with all else, if the link still stands then. */
  private onLink(id: number, run: (link: Link) => void): void {
    this.events.push(() => {
      const link = this.links.find((one) => one.id === id);
      if (link !== undefined) run(link);
    });
  }

  private deliver(link: Link, to: MiniNode, message: Message): void {
    if (this.isLost(message, otherEnd(link, to), to)) return;
    this.onDelivery(message);
    to.driver?.receive(link.id, message);
  }

  private dial(from: MiniNode, address: string): void {
    if (from.driver === null) return;
    const to = this.nodes.find((one) => one.name === address && this.isReached(from, one));
    if (to === undefined) return from.driver.dialFailed(address);
    const link: Link = { id: ++this.ids, from, to };
    this.links.push(link);
    to.driver!.linkUp(link.id, null);
    from.driver.linkUp(link.id, address);
  }

  private drop(link: Link): void {
    const at = this.links.indexOf(link);
    if (at < 0) return;
    this.links.splice(at, 1);
    for (const end of [link.from, link.to]) end.driver?.linkDown(link.id, null);
  }

  private isReached(from: MiniNode, to: MiniNode): boolean {
    return to !== from && to.driver !== null && !this.cuts.has(pair(from, to));
  }

  private timersOf(): Timers {
    const after = (ms: number, run: () => void): Cancel => {
      let isOff = false;
      this.timers.push({ atMs: this.nowMs + Math.max(1, ms), run: () => isOff || run() });
      return () => {
        isOff = true;
      };
    };
    const every = (ms: number, run: () => void): Cancel => {
      let cancel: Cancel;
      const next = (): void => {
        cancel = after(ms, next);
        run();
      };
      cancel = after(ms, next);
      return () => cancel();
    };
    return { soon: (run) => void this.events.push(run), after, every };
  }

  private hostOf(node: MiniNode): DriverHost {
    return {
      ways: () => {
        const seed = node.core?.state === 'joining' ? this.nodes.find((one) => this.isReached(node, one)) : undefined;
        return { seeds: seed === undefined ? [] : [seed.name], members: [] };
      },
      ticking: () => {},
      ticked: () => {},
      log: (level, message) => {
        node.log.push(`${level} ${message}`);
        if (level === 'error') throw new Error(`${node.name}: ${message}`);
      },
      mustStop: ({ code }: Stop) => void this.stopped.push({ name: node.name, code }),
    };
  }
}

function copyOf(storage: MemoryEngine): MemoryEngine {
  const copy = new MemoryEngine();
  for (const name of storage.metaNames('')) copy.setMeta(name, storage.getMeta(name));
  for (const group of GROUPS) copyStore(storage.store(group), copy.store(group));
  copy.observeClock(storage.clock);
  return copy;
}

function copyStore(from: SlabStore, to: SlabStore): void {
  for (let bucket = 0; bucket < BUCKETS; bucket++) for (const entry of from.bucket(bucket)) to.put(entry);
  for (const [replica, boot] of from.vector.floors) to.retire(replica, boot);
  for (const [origin, seq] of from.vector.seqs) {
    to.advance(origin, seq);
    if (from.floor(origin) > 0) to.trim(origin, from.floor(origin));
    for (const { seq: row, key } of from.rows(origin, 0, seq, seq)) to.append(origin, row, key);
  }
}

function pair(a: MiniNode, b: MiniNode): string {
  return [a.name, b.name].sort().join('|');
}

function otherEnd(link: Link, node: MiniNode): MiniNode {
  return link.from === node ? link.to : link.from;
}
