import { lastWriteOf } from '../../src/core/model/entry.js';
import type { VectorData } from '../../src/core/model/vector.js';
import type { ReplicaId } from '../../src/core/model/version.js';
import { bootOf, type Origin } from '../../src/core/model/version.js';
import { type MemoryLimit, NO_LIMIT } from '../../src/core/store/eviction.js';
import type { Slices } from '../../src/core/store/slices.js';
import { GROUPS } from '../../src/core/store/store.js';
import { type Checker, SimFailure } from './checker.js';
import { SimClock } from './clock.js';
import { Network, type NetworkOptions } from './network.js';
import type { Prng } from './prng.js';
import { Scheduler } from './scheduler.js';
import { SimNode } from './sim-node.js';
import { Trace } from './trace.js';
import { Collected, WriteBook } from './writes.js';

export interface WorldOptions {
  readonly network: NetworkOptions;
  readonly syncMaxMs: number;
  /** Wall clocks are off by up to this much. */
  readonly skewMaxMs: number;
  readonly driftMax: number;
  readonly memoryOnlyChance: number;
  /** How much is done in a step, and goes into a message. */
  readonly slices: Slices;
  /** Of the memory of single nodes; null: no node has a limit. */
  readonly limits: LimitOptions | null;
}

/** On a disk that is slow for a while. */
const SLOW_SYNC_MS = 150;

interface LimitOptions {
  readonly chance: number;
  readonly bytesMin: number;
  readonly bytesMax: number;
}

type Events = {
  [K in keyof Checker as Checker[K] extends ((...args: never[]) => void) | undefined ? K : never]: Checker[K];
};

/** The machines, the network between them, and the truth about every write. */
export class World {
  readonly schedule = new Scheduler();
  readonly network: Network;
  readonly nodes: SimNode[] = [];
  readonly book = new WriteBook();
  readonly collected = new Collected();
  /** Replicas that some member has forgotten, or that left. */
  readonly former = new Set<ReplicaId>();
  /** Replicas whose disk was set back to an older copy. */
  readonly setBack = new Set<ReplicaId>();
  /** Memory-only replicas whose process has ended. */
  readonly emptied = new Set<ReplicaId>();
  /** Whom an operator has had forgotten. */
  readonly dismissed = new Set<ReplicaId>();
  /** What an operator is about to do to a user. */
  adminDoes: 'add' | 'remove' | 'password' | null = null;
  /** All clocks were set on by more than a day, so that what is kept that long goes. */
  dayHasPassed = false;
  /** Something was done since the last event that a promise may wait for. */
  hasPromises = false;
  /** Ends the simulation after this event: for those whom nobody would hear if they threw. */
  failure: SimFailure | null = null;
  evictions = 0;
  checkers: readonly Checker[] = [];
  /** The checkers that want to know of an event. */
  private readonly observers = new Map<string, readonly ((...args: unknown[]) => void)[]>();
  readonly trace: Trace;
  private names = 0;

  constructor(
    readonly random: Prng,
    readonly options: WorldOptions,
    keepsTrace: boolean,
  ) {
    this.trace = new Trace(keepsTrace);
    this.network = new Network(this.schedule, random, options.network);
    this.network.onDeliver = (from, to, message) => {
      const detail =
        message.type === 'changes'
          ? `${message.group} ${message.ranges.map((range) => `${range.origin.slice(0, 4)}:${range.from}-${range.upto}`)}`
          : message.type === 'gate'
            ? message.state
            : message.type === 'compare'
              ? `${brief(message.island)} mark ${brief(message.mark)} apart ${Object.entries(message.separations).map(([one, { split }]) => `${one.slice(0, 4)}${split ? ' split' : ''}`)}`
              : '';
      this.note(`${from.name}>${to.name} ${message.type} ${detail}`);
    };
  }

  addNode(): SimNode {
    const { skewMaxMs, driftMax, memoryOnlyChance } = this.options;
    const skewMs = Math.floor((this.random.next() * 2 - 1) * skewMaxMs);
    const clock = new SimClock(this.schedule, skewMs, (this.random.next() * 2 - 1) * driftMax);
    const memoryOnly = this.nodes.length > 0 && this.random.chance(memoryOnlyChance);
    const node = this.makeNode(`n${++this.names}`, clock, memoryOnly, this.limit());
    this.nodes.push(node);
    return node;
  }

  protected makeNode(name: string, clock: SimClock, memoryOnly: boolean, limit: MemoryLimit): SimNode {
    return new SimNode(this, name, clock, memoryOnly, limit);
  }

  private limit(): MemoryLimit {
    const { limits } = this.options;
    if (limits === null || !this.random.chance(limits.chance)) return NO_LIMIT;
    const bytesMax = this.random.between(limits.bytesMin, limits.bytesMax);
    return { bytesMax, policy: this.random.pick(['allkeys-lru', 'allkeys-lru', 'volatile-ttl', 'noeviction']) };
  }

  startLater(node: SimNode, delayMs: number): void {
    this.schedule.after(delayMs, () => {
      if (node.core === null && !node.isGone) node.start();
    });
  }

  passDay(): void {
    for (const node of this.nodes) node.clock.sleep(25 * 3_600_000);
    this.dayHasPassed = true;
    this.note('a day passes');
  }

  syncDelayMs(isSlow: boolean): number {
    return this.random.between(0, this.options.syncMaxMs) + (isSlow ? SLOW_SYNC_MS : 0);
  }

  note(line: string): void {
    this.trace.note(`${this.schedule.nowMs} ${line}`);
  }

  observe(event: string, ...args: unknown[]): void {
    let observers = this.observers.get(event);
    if (observers === undefined) {
      observers = this.checkers.flatMap((checker) => {
        const observer = checker[event as keyof Events] as ((...args: unknown[]) => void) | undefined;
        return observer === undefined ? [] : [observer.bind(checker)];
      });
      this.observers.set(event, observers);
    }
    for (const observer of observers) observer(...args);
  }

  fail(checker: string, message: string): never {
    throw this.noteFailure(checker, message);
  }

  noteFailure(checker: string, message: string): SimFailure {
    this.failure ??= new SimFailure(checker, this.schedule.nowMs, message);
    return this.failure;
  }

  nodeOf(replica: ReplicaId): SimNode | undefined {
    return this.nodes.find((node) => node.replica === replica);
  }

  /** What an operator does when a name is taken by a member that lives no more. */
  forgetDeadHolder(name: string): void {
    const by = this.nodes.find((node) => node.isServing && !this.former.has(node.replica));
    const holder = by?.core?.status.records.byName(name);
    if (by === undefined || holder === undefined || this.nodeOf(holder.replica) !== undefined) return;
    this.forget(by, holder.replica);
  }

  /** An operator has a member forgotten. */
  forget(by: SimNode, replica: ReplicaId): void {
    this.dismissed.add(replica);
    by.turn((core) => core.operator.forget(replica));
  }

  /**
   * Writes that a crash took never were, those of earlier boots that had not reached the disk included. What was lost must not be
   * known anywhere else (R6).
   */
  forgetLost(node: SimNode): void {
    for (const group of GROUPS) {
      const { vector } = node.disk.inner(group);
      for (const origin of this.book.originsOf(group, node.replica)) {
        const kept = vector.get(origin);
        for (const write of this.book.of(group, origin))
          if (lastWriteOf(write.entry).seq > kept && !write.isUncertain) write.lost = true;
      }
    }
  }
}

function brief(vector: VectorData | null): string {
  return vector === null
    ? 'none'
    : `${Object.entries(vector.seqs).map(([origin, seq]) => `${origin.slice(0, 4)}.${bootOf(origin as Origin)}:${seq}`)}`;
}
