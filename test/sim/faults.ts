import { fullKey } from '../../src/core/model/entry.js';
import type { ReplicaId } from '../../src/core/model/version.js';
import type { SimNode } from './sim-node.js';
import type { World } from './world.js';

export type Fault =
  | 'partition'
  | 'shatter'
  | 'one-way'
  | 'flap'
  | 'reset'
  | 'crash-process'
  | 'crash-power'
  | 'crash-all'
  | 'clock-step'
  | 'join'
  | 'leave'
  | 'forget'
  | 'set-back';

export type FaultWeights = Readonly<Record<Fault, number>>;

const NODES_MAX = 7;
/** An operator starts a node anew whose time is off by more. */
const TIME_OFF_MS = 400;

/** What goes wrong: the network, machines, clocks and the membership itself. */
export class Faults {
  private isOn = false;

  constructor(
    private readonly world: World,
    private readonly weights: FaultWeights,
    private readonly pauseMs: number,
    private readonly nodesMax: number = NODES_MAX,
  ) {}

  start(): void {
    this.isOn = true;
    this.next();
  }

  /** The end of all faults: ways are mended, machines start again, clocks are set right. */
  stop(): void {
    const { world } = this;
    this.isOn = false;
    world.network.mendAll();
    world.network.options = { ...world.network.options, lossChance: 0, duplicateChance: 0 };
    for (const node of world.nodes) {
      node.clock.correct(world.random.between(-50, 50));
      // As the node's status says: its own time does not follow a step.
      if (Math.abs(node.wallMs - node.clock.wallMs()) > TIME_OFF_MS) node.crash('process');
      if (node.core === null && !node.isGone) world.startLater(node, world.random.between(0, 300));
    }
  }

  private next(): void {
    const { random, schedule } = this.world;
    schedule.after(random.between(1, 2 * this.pauseMs), () => {
      if (!this.isOn) return;
      this.act(random.weighted(this.weights));
      this.next();
    });
  }

  private act(fault: Fault): void {
    const { world } = this;
    const { random, nodes } = world;
    const up = nodes.filter((node) => node.isUp);
    world.note(`fault ${fault}`);
    switch (fault) {
      case 'partition':
        return this.partition(this.islands(2));
      case 'shatter':
        return this.partition(this.islands(random.between(2, Math.max(2, up.length))));
      case 'one-way':
        return this.pairwise(up, (from, to) => this.cutFor([[from, to]], random.between(50, 2500)));
      case 'flap':
        return this.pairwise(up, (from, to) => this.flap(from, to, random.between(2, 6)));
      case 'reset': {
        const { sessions } = world.network;
        if (sessions.length > 0) world.network.reset(random.pick(sessions));
        return;
      }
      case 'crash-process':
      case 'crash-power':
        if (up.length > 0) this.crash(random.pick(up), fault === 'crash-power' ? 'power' : 'process');
        return;
      case 'crash-all':
        for (const node of up) this.crash(node, random.chance(0.5) ? 'power' : 'process');
        return;
      case 'clock-step': {
        if (up.length > 0)
          random.pick(up).clock.step(random.between(-world.options.skewMaxMs, world.options.skewMaxMs));
        return;
      }
      case 'join':
        return this.join();
      case 'leave':
        return this.leave(up);
      case 'forget':
        return this.forget();
      case 'set-back':
        return this.setBack(up);
    }
  }

  private islands(count: number): SimNode[][] {
    const { random, nodes } = this.world;
    const islands: SimNode[][] = Array.from({ length: count }, () => []);
    for (const node of nodes) random.pick(islands).push(node);
    return islands;
  }

  private partition(islands: readonly (readonly SimNode[])[]): void {
    const ways: [SimNode, SimNode][] = [];
    for (const one of islands) {
      for (const other of islands) {
        if (one !== other) for (const from of one) for (const to of other) ways.push([from, to]);
      }
    }
    this.cutFor(ways, this.world.random.between(100, 4000));
  }

  private pairwise(up: readonly SimNode[], act: (from: SimNode, to: SimNode) => void): void {
    if (up.length < 2) return;
    const [from, to] = this.world.random.shuffle(up);
    act(from!, to!);
  }

  private cutFor(ways: readonly [SimNode, SimNode][], durationMs: number): void {
    const { network, schedule } = this.world;
    for (const [from, to] of ways) network.cut(from, to);
    schedule.after(durationMs, () => {
      if (!this.isOn) return;
      for (const [from, to] of ways) network.mend(from, to);
    });
  }

  private flap(from: SimNode, to: SimNode, times: number): void {
    const { random, schedule } = this.world;
    if (times === 0 || !this.isOn) return;
    this.cutFor(
      [
        [from, to],
        [to, from],
      ],
      random.between(10, 700),
    );
    schedule.after(random.between(20, 1000), () => this.flap(from, to, times - 1));
  }

  /** A power loss comes at the worst moment: when clients have just written, and the disk has not. */
  private crash(node: SimNode, kind: 'process' | 'power'): void {
    if (kind === 'power' && node.isServing && this.world.random.chance(0.5)) {
      for (let i = this.world.random.between(1, 5); i > 0 && node.isServing; i--)
        node.serve((core) => core.write(fullKey(0, Buffer.from('hot1')), Buffer.from(`last words ${i}`), 0));
    }
    node.crash(kind);
    this.world.startLater(node, this.world.random.between(10, 2500));
  }

  private join(): void {
    const { world } = this;
    if (world.nodes.filter((node) => !node.isGone).length >= this.nodesMax) return;
    world.startLater(world.addNode(), 0);
  }

  /** A member leaves once another has all of its writes, as the operator's command does. */
  private leave(up: readonly SimNode[]): void {
    const { world } = this;
    const candidates = up.filter((node) => node.isServing && !node.isLeaving);
    if (candidates.length < 2) return;
    const node = world.random.pick(candidates);
    if (!this.leavesDurable(node.replica)) return;
    const core = node.core!;
    if (core.status.liveness.island().length < 2) return;
    node.isLeaving = true;
    world.note(`${node.name} leaves`);
    node.turn((one) => one.departure.leave());
    this.finishLeaving(node, node.replica);
  }

  /** Whether a member with a disk stays when this one goes: memory-only nodes alone lose the cluster with the first power cut. */
  private leavesDurable(replica: ReplicaId): boolean {
    const { nodes, former } = this.world;
    return nodes.some(
      (node) =>
        !node.memoryOnly && node.replica !== replica && node.disk.getMeta('joined') && !former.has(node.replica),
    );
  }

  /** The node goes once another member has it in writing, or was told to forget it meanwhile. */
  private finishLeaving(node: SimNode, replica: string): void {
    const { nodes, schedule } = this.world;
    schedule.after(300, () => {
      if (!node.isLeaving || node.replica !== replica) return;
      // A crash before the cluster was told: it comes back as a member.
      if (node.core !== null && node.core.state !== 'stopping') {
        node.isLeaving = false;
        return;
      }
      const knows = (other: SimNode): boolean => {
        const record = other.core?.status.records.member(replica);
        return other !== node && record !== undefined && record.state !== 'member';
      };
      if (!nodes.some(knows)) return this.finishLeaving(node, replica);
      node.halt();
      node.isGone = true;
    });
  }

  /** A directory is copied while its node runs, and put back some time later. */
  private setBack(up: readonly SimNode[]): void {
    const { world } = this;
    const candidates = up.filter((node) => node.isServing && !node.memoryOnly && !node.isLeaving);
    if (candidates.length === 0) return;
    const node = world.random.pick(candidates);
    const { replica } = node;
    const copy = node.disk.copy();
    world.note(`${node.name} is copied`);
    world.schedule.after(world.random.between(50, 3000), () => {
      if (!this.isOn || node.isGone || node.isLeaving || node.replica !== replica || world.former.has(replica)) return;
      // Of a lone member nobody knows more.
      if (!this.leavesDurable(replica)) return;
      node.setBack(copy);
      world.startLater(node, world.random.between(10, 1500));
    });
  }

  /**
   * An operator forgets a member: most often one that is down, at times one that only seems to be. As the handbook says,
   * from a node that knows all members, and that nobody has forgotten.
   */
  private forget(): void {
    const { world } = this;
    const serving = world.nodes.filter((node) => node.isServing && !node.isLeaving);
    if (serving.length < 2) return;
    const by = world.random.pick(serving);
    const { records, separations } = by.core!.status;
    const { nodes, former } = world;
    if (former.has(by.replica)) return;
    if (nodes.some(({ replica, disk }) => disk.getMeta('joined') && !former.has(replica) && !records.isActive(replica)))
      return;
    const down = records.active().filter(({ replica }) => separations.has(replica));
    const others = records.active().filter(({ replica }) => replica !== by.replica);
    // A majority forgets nobody who lives in its island; that the node serves says that it sees a majority.
    const isMajority = records.settings()['partition-mode'] === 'majority';
    const target = isMajority || world.random.chance(0.9) ? down : others;
    if (target.length === 0) return;
    const member = world.random.pick(target);
    if (!this.leavesDurable(member.replica)) return;
    world.note(`${by.name} forgets ${member.name}`);
    world.forget(by, member.replica);
  }
}
