import type { Context } from '../context.js';
import type { Liveness } from '../membership/liveness.js';
import { BUCKETS } from '../model/bytes.js';
import { type Entry, isDeleted, lastWriteOf, tombstoneOf } from '../model/entry.js';
import { VersionVector } from '../model/vector.js';
import { isSameVersion, type Origin, type ReplicaId } from '../model/version.js';
import type { Eviction } from '../store/eviction.js';
import type { Stubs, StubsReply } from './messages.js';
import type { Peer } from './peer.js';

/** Stubs take at most about this share of the limit before others are asked about them. */
const SHARE = 1 / 4;
/** Stubs in one question. */
const BATCH = 4096;
/** Buckets looked at per step. */
const BUCKETS_PER_STEP = 512;
/** If less than this share of a question was agreed on, the next one waits for a while. */
const WORTHWHILE_SHARE = 1 / 8;

interface Question {
  readonly id: number;
  readonly stubs: readonly Entry[];
  readonly askedMs: number;
  readonly waiting: Set<ReplicaId>;
  /** By stub, how many members have agreed. */
  readonly agreed: number[];
  readonly asked: ReadonlySet<ReplicaId>;
}

/**
 * What bounds the stubs: one whose value no member has any more is of no use to anybody. When stubs take too much, a node
 * asks all members which versions none of them has a value of. Those turn into tombstones of the same version, and leave as
 * tombstones do (R7). This is not a write, so it cannot override one. Why nobody gets such a value afterwards:
 *
 * 1. The question is about stable writes alone: every member has them, so that what is still under way is ignored.
 * 2. All members answer, over open gates, and an answer counts only if this node knows the membership that its sender knew:
 *    a joiner that was let in before it must be asked too, and one that comes later gets the stub, or nothing.
 * 3. A stub stays one when the value of its version comes in again.
 * 4. A member that takes a snapshot, in which such a value may be under way, neither answers nor lets go of a stub.
 */
export class StubCollection {
  private question: Question | null = null;
  private questions = 0;
  /** The next bucket. It starts anywhere, so that not all members ask about the same ones; -1: not yet. */
  private cursor = -1;
  private pausedUntilMs = 0;

  constructor(
    private readonly context: Context,
    private readonly liveness: Liveness,
    private readonly eviction: Eviction,
    private readonly isTakingSnapshot: () => boolean,
  ) {}

  /** Returns whether there is more to do at once. */
  step(): boolean {
    const nowMs = this.context.ports.monoMs();
    if (this.question !== null && nowMs - this.question.askedMs < this.liveness.timeoutMs) return false;
    this.question = null;
    if (!this.isDue || nowMs < this.pausedUntilMs || this.isTakingSnapshot()) return false;
    const others = this.openOthers();
    if (others === null) return false;
    const stubs = this.gather();
    if (stubs.length === 0) return false;
    if (others.length > 0) {
      this.ask(stubs, others, nowMs);
      return false;
    }
    this.endAll(stubs);
    return this.isDue;
  }

  /** What a member asks, or has found out. */
  receive(peer: Peer, { id, ends, stubs }: Stubs): void {
    if (!peer.isOpen || this.isTakingSnapshot()) return;
    if (ends) return this.endAll(stubs);
    const { data, system } = this.context.replicas;
    const agreed: number[] = [];
    for (const [i, stub] of stubs.entries()) {
      const held = data.store.get(stub.key);
      if (held === undefined || (held.value === null && isSameVersion(held, stub))) agreed.push(i);
    }
    this.context.send(peer.link, { type: 'stubs-reply', id, agreed, system: system.vector.toData() });
  }

  receiveReply(peer: Peer, reply: StubsReply): void {
    const { question } = this;
    if (question === null || question.id !== reply.id || !question.waiting.delete(peer.replica)) return;
    if (!this.context.replicas.system.vector.coversAll(VersionVector.from(reply.system))) return this.pause();
    for (const i of reply.agreed) if (i in question.agreed) question.agreed[i]!++;
    if (question.waiting.size === 0) this.conclude(question);
  }

  private get isDue(): boolean {
    const { bytesMax } = this.eviction.limit;
    const { stubBytes } = this.context.replicas.data.store;
    return bytesMax > 0 && (stubBytes > bytesMax * SHARE || (stubBytes > 0 && this.eviction.isOver));
  }

  /** All other members, if each of them can be asked. */
  private openOthers(): Peer[] | null {
    const { records, peers, self } = this.context;
    const others: Peer[] = [];
    for (const { replica } of records.active()) {
      if (replica === self.replica) continue;
      const peer = peers.get(replica);
      if (peer?.isOpen !== true) return null;
      others.push(peer);
    }
    return others;
  }

  /** The next stubs, in the order of the buckets, whose writes are stable. */
  private gather(): Entry[] {
    const { ports, replicas } = this.context;
    const { store } = replicas.data;
    const isStable = this.stability();
    const found: Entry[] = [];
    if (this.cursor === -1) this.cursor = Math.floor(ports.random() * BUCKETS);
    for (let i = 0; i < BUCKETS_PER_STEP && found.length < BATCH; i++) {
      for (const stub of store.stubs(this.cursor)) if (isStable(stub)) found.push(stub);
      this.cursor = (this.cursor + 1) % BUCKETS;
    }
    return found;
  }

  private stability(): (entry: Entry) => boolean {
    const { acks, records } = this.context;
    const members = records.active().map(({ replica }) => replica);
    const stableBy = new Map<Origin, number>();
    return (entry) => {
      const { origin, seq } = lastWriteOf(entry);
      let stable = stableBy.get(origin);
      if (stable === undefined) {
        stable = acks.stable('data', origin, members);
        stableBy.set(origin, stable);
      }
      return seq <= stable;
    };
  }

  private ask(stubs: readonly Entry[], others: readonly Peer[], askedMs: number): void {
    const id = ++this.questions;
    const asked = new Set(others.map(({ replica }) => replica));
    this.question = { id, stubs, askedMs, waiting: new Set(asked), agreed: stubs.map(() => 0), asked };
    for (const { link } of others) this.context.send(link, { type: 'stubs', id, ends: false, stubs });
  }

  private conclude({ id, stubs, agreed, asked }: Question): void {
    this.question = null;
    const others = this.openOthers();
    if (others?.every(({ replica }) => asked.has(replica)) !== true || this.isTakingSnapshot()) return this.pause();
    const ended = stubs.filter((_, i) => agreed[i] === asked.size);
    for (const { link } of others) this.context.send(link, { type: 'stubs', id, ends: true, stubs: ended });
    this.endAll(ended);
    if (ended.length < stubs.length * WORTHWHILE_SHARE) this.pause();
    else this.step();
  }

  private endAll(stubs: readonly Entry[]): void {
    const { data } = this.context.replicas;
    const isStable = this.stability();
    for (const stub of stubs) {
      const held = data.store.get(stub.key);
      if (held === undefined || held.value !== null || isDeleted(held) || !isSameVersion(held, stub)) continue;
      if (isStable(held)) data.drop(held);
      else data.store.put(tombstoneOf(held));
    }
  }

  private pause(): void {
    this.question = null;
    this.pausedUntilMs = this.context.ports.monoMs() + this.liveness.intervalMs;
  }
}
