import type { Self } from '../../src/core/context.js';
import { Gathering } from '../../src/core/membership/gathering.js';
import type { Presence } from '../../src/core/membership/presence.js';
import { Prng } from '../sim/prng.js';

const ASK_EVERY_MS = 400;
const ANSWER_TIMEOUT_MS = 1000;
const JOIN_TIMEOUT_MS = 1500;

export interface World {
  readonly seed: number;
  readonly expects: number;
  readonly nodes: number;
  /** No fault and no start after this; what discovery names is complete from then on. */
  readonly calmAtMs: number;
  /** How many starts, crashes and cuts are drawn. */
  readonly faults: number;
  /** Longest time for which a node stays down, or is not heard by another one. */
  readonly outageMsMax: number;
}

/** A node: what a crash leaves, and what runs. */
class ModelNode {
  running: { gathering: Gathering; self: Self } | null = null;
  cluster: string | null = null;
  isMember = false;
  boot = 0;
  slowMs = 0;
  private count = 0;

  constructor(
    readonly id: string,
    readonly address: string,
  ) {}

  presence(nowMs: number, members: readonly ModelNode[]): Presence {
    const count = ++this.count;
    if (!this.isMember) return this.running!.gathering.presence(count, nowMs);
    const { replica, boot, name, address } = this.running!.self;
    return {
      ...{ replica, boot, count, name, address, clusterId: this.cluster, isMember: true, expects: null },
      sees: members.map((one) => ({ replica: one.id, name: one.id, address: one.address })),
      ...{ promise: null, opens: false },
    };
  }
}

/** Nodes that gather in a network with delays, cuts and crashes, on one clock. */
export class GatheringModel {
  readonly nodes: ModelNode[];
  /** Every cluster that was ever founded, by its founder's address. */
  readonly clusters: string[] = [];
  nowMs = 0;
  private readonly prng: Prng;
  private readonly queue: { atMs: number; order: number; act: () => void }[] = [];
  private order = 0;
  private readonly cut = new Set<string>();
  private readonly names = new Map<string, Set<string>>();

  constructor(private readonly world: World) {
    this.prng = new Prng(world.seed);
    this.nodes = Array.from({ length: world.nodes }, (_, i) => {
      const id = `${this.draw(0, 0xffff).toString(16).padStart(15, '0')}${i.toString(16)}`;
      return new ModelNode(id, `n${i}`);
    });
    for (const node of this.nodes) {
      // Two or three at first; nobody knows nobody.
      const others = this.nodes.filter(() => this.draw(0, 2) === 0).map(({ address }) => address);
      this.names.set(node.address, new Set(others));
      node.slowMs = this.draw(0, 3) === 0 ? 800 : 0;
      this.after(this.draw(0, world.calmAtMs / 2), () => this.start(node));
    }
    for (let i = 0; i < world.faults; i++) this.after(this.draw(0, world.calmAtMs), () => this.fault());
    this.after(world.calmAtMs, () => this.calm());
  }

  /** Until all are members of one cluster, or the time is over. Gives whether they are. */
  run(untilMs: number): boolean {
    while (this.queue.length > 0 && this.nowMs < untilMs) {
      let first = 0;
      for (let i = 1; i < this.queue.length; i++) if (isBefore(this.queue[i]!, this.queue[first]!)) first = i;
      const [event] = this.queue.splice(first, 1);
      this.nowMs = event!.atMs;
      event!.act();
      if (this.nowMs > this.world.calmAtMs && this.isDone()) return true;
    }
    return this.isDone();
  }

  /** Those that at least two nodes are members of. */
  inhabited(): string[] {
    return this.clusters.filter((id) => this.nodes.filter((one) => one.cluster === id && one.isMember).length > 1);
  }

  private isDone(): boolean {
    return this.nodes.every((one) => one.running !== null && one.isMember && one.cluster === this.nodes[0]!.cluster);
  }

  private start(node: ModelNode): void {
    if (node.running !== null) return;
    const self: Self = {
      ...{ replica: node.id, boot: ++node.boot, previousBoot: 0, name: node.id, address: node.address },
      ...{ memoryOnly: false, keepsWhole: false, clusterId: node.cluster, isJoined: node.isMember },
    };
    const running = { self, gathering: new Gathering(self, this.world.expects, this.nowMs) };
    node.running = running;
    this.look(node, running);
  }

  private look(node: ModelNode, running: object): void {
    if (node.running !== running) return;
    const { gathering } = node.running!;
    if (!node.isMember) {
      const addresses = new Set([...this.names.get(node.address)!, ...gathering.addresses()]);
      for (const address of addresses) if (address !== node.address) this.ask(node, address);
      const decision = gathering.decide(this.nowMs);
      if (decision.kind === 'open' && this.world.expects === 1) this.found(node);
      if (decision.kind === 'join') this.join(node, this.pick(decision.addresses));
    }
    this.after(this.draw(ASK_EVERY_MS / 2, ASK_EVERY_MS), () => this.look(node, running));
  }

  private ask(from: ModelNode, address: string): void {
    const to = this.nodes.find((one) => one.address === address)!;
    const asker = from.running!;
    const sentMs = this.nowMs;
    const question = from.presence(this.nowMs, []);
    this.send(from, to, () => {
      to.running!.gathering.asked(question, this.nowMs);
      const answer = to.presence(this.nowMs, this.membersOf(to));
      this.send(to, from, () => {
        if (from.running !== asker || this.nowMs - sentMs > ANSWER_TIMEOUT_MS) return;
        asker.gathering.answered(answer, this.nowMs);
      });
    });
  }

  /** What the hello, the founding and the snapshot come to. */
  private join(node: ModelNode, address: string): void {
    const to = this.nodes.find((one) => one.address === address)!;
    const joiner = node.running!;
    const sentMs = this.nowMs;
    this.send(node, to, () => {
      if (!to.isMember && to.cluster === null && to.running!.gathering.decide(this.nowMs).kind === 'open')
        this.found(to);
      if (!to.isMember) return;
      this.send(to, node, () => {
        if (node.running !== joiner || node.isMember || this.nowMs - sentMs > JOIN_TIMEOUT_MS) return;
        if (node.cluster !== null && node.cluster !== to.cluster) return;
        node.cluster = to.cluster;
        joiner.self.clusterId = to.cluster;
        this.send(to, node, () => {
          if (node.running === joiner) node.isMember = true;
        });
      });
    });
  }

  private found(node: ModelNode): void {
    node.cluster = `${node.address} at ${this.nowMs}`;
    node.isMember = true;
    node.running!.self.clusterId = node.cluster;
    this.clusters.push(node.cluster);
  }

  private membersOf(node: ModelNode): ModelNode[] {
    return this.nodes.filter((one) => one.cluster === node.cluster && one.isMember);
  }

  private send(from: ModelNode, to: ModelNode, act: () => void): void {
    const slowMs = from.slowMs + to.slowMs;
    this.after(this.draw(1, 60) + (slowMs > 0 ? this.draw(0, slowMs) : 0), () => {
      if (to.running !== null && !this.cut.has(`${from.address}>${to.address}`)) act();
    });
  }

  private fault(): void {
    const [one, other] = [this.pick(this.nodes), this.pick(this.nodes)];
    if (this.nowMs >= this.world.calmAtMs) return;
    if (this.draw(0, 1) === 0) {
      one.running = null;
      const downMs = this.draw(0, this.world.outageMsMax);
      this.after(Math.min(downMs, this.world.calmAtMs - this.nowMs), () => this.start(one));
    } else {
      const way = `${one.address}>${other.address}`;
      this.cut.add(way);
      this.after(this.draw(0, this.world.outageMsMax), () => this.cut.delete(way));
    }
  }

  private calm(): void {
    this.cut.clear();
    for (const node of this.nodes) {
      node.slowMs = 0;
      this.names.set(node.address, new Set(this.nodes.map(({ address }) => address)));
    }
  }

  private after(ms: number, act: () => void): void {
    this.queue.push({ atMs: this.nowMs + ms, order: this.order++, act });
  }

  private pick<T>(list: readonly T[]): T {
    return list[this.draw(0, list.length - 1)]!;
  }

  private draw(min: number, max: number): number {
    return min + Math.floor(this.prng.next() * (Math.floor(max) - min + 1));
  }
}

function isBefore(a: { atMs: number; order: number }, b: { atMs: number; order: number }): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}
