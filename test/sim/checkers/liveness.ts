import type { VersionVector } from '../../../src/core/model/vector.js';
import { originOf } from '../../../src/core/model/version.js';
import { GROUPS } from '../../../src/core/store/store.js';
import type { Operators } from '../operators.js';
import type { SimNode } from '../sim-node.js';
import type { World } from '../world.js';

/**
 * Whatever is waited for ends, while writers do not pause: once the network is whole, every incident is resolved, every node
 * serves, every snapshot ends, what was asked for is answered, and what everybody had at the beginning is everywhere and stable.
 * Judged at a moment at which targets were fixed, not at one at which the cluster happens to be quiet: it never is.
 */
export class LivenessChecker {
  readonly name = 'liveness';
  private targets: ReadonlyMap<SimNode, Target> = new Map();

  constructor(
    private readonly world: World,
    private readonly operators: Operators,
  ) {}

  /** From now on the network is whole, and writers go on. */
  begin(): void {
    const target = (node: SimNode): Target => ({
      epoch: node.currentEpoch,
      origin: originOf(node.replica, node.boot),
      data: node.disk.inner('data').vector.clone(),
      system: node.disk.inner('system').vector.clone(),
    });
    const known = this.members().filter((node) => node.isJoined && !this.world.former.has(node.replica));
    this.targets = new Map(known.map((node) => [node, target(node)]));
  }

  /** How many split-brains the node that knows of most has seen resolved. */
  get resolved(): number {
    const counts = this.members().map(({ core }) => {
      const incidents = core?.status.records.incidentList() ?? [];
      return incidents.filter(({ state }) => state === 'resolved').length;
    });
    return Math.max(0, ...counts);
  }

  /** What has not ended yet; null: all has. */
  pending(): string | null {
    const members = this.members();
    for (const node of members) {
      const problem = this.stateOf(node) ?? this.linksOf(node, members) ?? this.lackOf(node) ?? this.unstableAt(node);
      if (problem !== null) return `${node.name}: ${problem}`;
    }
    const [oldest] = this.operators.waiting;
    return oldest === undefined ? null : `an operator waits for ${oldest}`;
  }

  private members(): SimNode[] {
    return this.world.nodes.filter((node) => !node.isGone);
  }

  private stateOf({ core, isLeaving }: SimNode): string | null {
    if (core === null) return 'is down';
    if (isLeaving) return 'is leaving';
    if (core.state !== 'serving') return `is ${core.state}`;
    if (core.isGiving) return 'gives a snapshot';
    if (core.isTaking) return 'takes a snapshot';
    const open = core.status.records.openIncidents()[0];
    return open === undefined ? null : `incident ${open.id} is ${open.state} (${open.problem ?? 'no problem'})`;
  }

  private linksOf({ core }: SimNode, members: readonly SimNode[]): string | null {
    const { peers } = core!.status;
    if (peers.size !== members.length - 1) return `has ${peers.size} links`;
    const shut = [...peers.values()].find((peer) => !peer.isOpen);
    return shut === undefined ? null : `gates to ${shut.hello.name}: ${shut.ourGate}, ${shut.theirGate}`;
  }

  private lackOf(node: SimNode): string | null {
    for (const [from, target] of this.targets) {
      // Who was turned out meanwhile has taken its data along.
      if (!from.isIn(target.epoch) || this.world.former.has(from.replica)) continue;
      for (const group of GROUPS) {
        if (node.disk.inner(group).vector.coversAll(target[group] as VersionVector)) continue;
        return `lacks ${group} that ${from.name} had`;
      }
    }
    return null;
  }

  /** R7, under writers: what a node itself had written by then has left its log, since every member has acknowledged it. */
  private unstableAt(node: SimNode): string | null {
    const target = this.targets.get(node);
    if (target === undefined || !node.isIn(target.epoch)) return null;
    const { origin } = target;
    const floor = node.disk.inner('data').floor(origin);
    const written = target.data.get(origin);
    return floor >= written ? null : `its log starts at ${floor}, though all is acknowledged up to ${written}`;
  }
}

/** What a node had, and in which of its starts. */
interface Target {
  readonly epoch: number;
  readonly origin: string;
  readonly data: Readonly<VersionVector>;
  readonly system: Readonly<VersionVector>;
}
