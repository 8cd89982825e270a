import type { Settings } from '../../../src/core/membership/records.js';
import { BUCKETS } from '../../../src/core/model/bytes.js';
import { type Entry, fullKey } from '../../../src/core/model/entry.js';
import { NodeCore } from '../../../src/core/node.js';
import type { Message } from '../../../src/core/replication/messages.js';
import { SLICES, type Slices } from '../../../src/core/store/slices.js';
import { GROUPS } from '../../../src/core/store/store.js';
import { MemoryStorage, type MemoryStore } from './memory-store.js';

const TICK_MS = 10;
export const TIMEOUT_MS = 500;

interface Link {
  readonly id: number;
  readonly ends: readonly [MiniNode, MiniNode];
}

export class MiniNode {
  core: NodeCore | null = null;
  boot = 0;
  /** By how much the clock of its machine is ahead of the others'. */
  wallAheadMs = 0;
  /** What it logged, as `level message`. */
  readonly log: string[] = [];
  /** Kept over restarts: a disk that never loses anything. */
  storage = new MemoryStorage();

  constructor(
    /** Its address too. */
    readonly name: string,
    readonly replica: string,
    /** The name of the member that it is. */
    readonly memberName = name,
  ) {}

  /** As a backup copies its directory. */
  copy(): MemoryStorage {
    return copyOf(this.storage);
  }

  putBack(copy: MemoryStorage): void {
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
  private readonly links: Link[] = [];
  private readonly cuts = new Set<string>();
  /** A null message: the link is closed, after all that was sent before. */
  private queue: { link: Link; to: MiniNode; message: Message | null }[] = [];
  private ids = 0;

  constructor(
    private readonly settings: Partial<Settings> = {},
    private readonly slices: Slices = SLICES,
  ) {}

  /** The first founds the cluster, the others join it. Ids are in the order of the names. */
  add(name: string): MiniNode {
    const node = new MiniNode(name, Buffer.from(name.padEnd(8, '.')).toString('hex'));
    this.nodes.push(node);
    this.start(node);
    return node;
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
    const ports = {
      storage: node.storage,
      wallMs: () => this.nowMs + node.wallAheadMs,
      monoMs: () => this.nowMs,
      random: () => 0.5,
    };
    const { replica, boot, name, memberName } = node;
    const clusterId = (node.storage.getMeta('clusterId') as string | undefined) ?? null;
    const settings = { 'failure-timeout': TIMEOUT_MS, ...this.settings };
    const identity = { replica, boot, previousBoot, name: memberName, address: name, memoryOnly: false };
    node.core = new NodeCore(ports, { ...identity, clusterId, founds, settings, slices: this.slices });
  }

  stop(node: MiniNode): void {
    for (const link of this.links.filter(({ ends }) => ends.includes(node))) this.drop(link);
    node.core = null;
  }

  /** Nothing passes between the groups any more. */
  partition(...groups: readonly MiniNode[][]): void {
    this.cuts.clear();
    for (const one of groups) {
      for (const other of groups)
        if (one !== other) for (const a of one) for (const b of other) this.cuts.add(pair(a, b));
    }
    for (const link of [...this.links]) if (this.cuts.has(pair(...link.ends))) this.drop(link);
  }

  heal(): void {
    this.cuts.clear();
  }

  run(ms: number): void {
    for (const untilMs = this.nowMs + ms; this.nowMs < untilMs; this.nowMs += TICK_MS) {
      for (const node of this.nodes) node.core?.tick();
      this.dialAll();
      this.settle();
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

  /** Deliver what is under way, and what that leads to. */
  settle(): void {
    do {
      this.collect();
      const batch = this.queue;
      this.queue = [];
      for (const { link, to, message } of batch) {
        if (!this.links.includes(link)) continue;
        if (message === null) this.drop(link);
        else if (!this.isLost(message, otherEnd(link, to), to)) {
          this.onDelivery(message);
          to.core?.receive(link.id, message);
        }
      }
      this.collect();
    } while (this.queue.length > 0);
  }

  private collect(): void {
    for (const node of this.nodes) {
      if (node.core === null) continue;
      while (node.core.work()) {}
      node.core.pump();
      for (const effect of node.core.takeEffects()) {
        if (effect.kind === 'log') node.log.push(`${effect.level} ${effect.message}`);
        if (effect.kind === 'stop') this.stopped.push({ name: node.name, code: effect.code });
        const link = effect.kind === 'send' || effect.kind === 'close' ? this.linkOf(effect.link) : undefined;
        if (link === undefined) continue;
        const message = effect.kind === 'send' ? effect.message : null;
        this.queue.push({ link, to: otherEnd(link, node), message });
      }
    }
  }

  private dialAll(): void {
    for (const node of this.nodes) {
      if (node.core === null) continue;
      if (node.core.state === 'joining') {
        const seed = this.nodes.find(
          (other) => other !== node && other.core !== null && !this.cuts.has(pair(node, other)),
        );
        if (seed !== undefined && !this.isLinked(node, seed)) this.connect(node, seed);
        continue;
      }
      for (const { name } of node.core.wantedLinks()) {
        const other = this.nodes.find((one) => one.name === name && one.core !== null);
        if (other !== undefined && !this.isLinked(node, other) && !this.cuts.has(pair(node, other)))
          this.connect(node, other);
      }
    }
  }

  private connect(from: MiniNode, to: MiniNode): void {
    const link: Link = { id: ++this.ids, ends: [from, to] };
    this.links.push(link);
    to.live.linkUp(link.id, false);
    from.live.linkUp(link.id, true);
    this.settle();
  }

  private drop(link: Link): void {
    const at = this.links.indexOf(link);
    if (at < 0) return;
    this.links.splice(at, 1);
    for (const end of link.ends) end.core?.linkDown(link.id);
  }

  private isLinked(a: MiniNode, b: MiniNode): boolean {
    return this.links.some(({ ends }) => ends.includes(a) && ends.includes(b));
  }

  private linkOf(id: number): Link | undefined {
    return this.links.find((link) => link.id === id);
  }
}

function copyOf(storage: MemoryStorage): MemoryStorage {
  const copy = new MemoryStorage();
  for (const name of storage.metaNames('')) copy.setMeta(name, storage.getMeta(name));
  for (const group of GROUPS) copyStore(storage.store(group), copy.store(group));
  copy.observeClock(storage.clock);
  return copy;
}

function copyStore(from: MemoryStore, to: MemoryStore): void {
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
  return link.ends[0] === node ? link.ends[1] : link.ends[0];
}
