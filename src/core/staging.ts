import { bytesToId } from './bytes.js';
import type { Context } from './context.js';
import type { Decisions } from './decisions.js';
import type { Entry } from './entry.js';
import type { Hlc } from './hlc.js';
import type { Read, ReadReply } from './messages.js';
import type { OneSidedTally } from './one-sided-keys.js';
import type { Peer } from './peer.js';
import { type Plan, type PlanIsland, planSteps, type Strategy } from './plan.js';
import { rowsOf } from './ranges.js';
import type { Steps } from './steps.js';
import { VersionVector } from './vector.js';
import { isAfter, type ReplicaId } from './version.js';

/** Own log rows looked up in one step of a plan: a millisecond or so. */
const ROWS_PER_STEP = 512;

/**
 * Reads what the other islands have and this node lacks, without applying it (R12). Held in memory until the plan is done:
 * as much as the other islands changed, whatever the size of the data.
 */
export class Staging {
  /** Set when an island cannot be read. */
  problem: string | null = null;
  private readonly islands: StagedIsland[];
  private readonly waiting = new Map<number, StagedIsland>();

  constructor(
    private readonly context: Context,
    islands: readonly (readonly ReplicaId[])[],
    /** Read up to here, however much is written meanwhile. */
    private readonly target: Readonly<VersionVector>,
    private readonly nextReadId: () => number,
  ) {
    this.islands = islands.map((replicas) => ({
      replicas,
      vector: new VersionVector(),
      changed: new Map(),
      toAsk: [],
    }));
  }

  get isReading(): boolean {
    return this.waiting.size > 0;
  }

  /** Ask the linked members of the other islands, one after the other, for what is not staged yet. */
  read(): void {
    for (const island of this.islands) {
      island.toAsk = island.replicas.filter((replica) => this.context.peers.has(replica));
      this.askNext(island);
    }
  }

  receive(peer: Peer, reply: ReadReply): void {
    const island = this.waiting.get(reply.id);
    if (island === undefined) return;
    this.waiting.delete(reply.id);
    if (reply.behind) {
      this.problem = `the log of ${peer.hello.name} does not reach back to what this node has, or has 64 writes in a row of more than 256 MiB`;
      return;
    }
    for (const range of reply.ranges) {
      for (const { entry } of rowsOf(range)) if (entry !== null) this.stage(island, entry);
      island.vector.advance(range.origin, range.upto);
    }
    if (!reply.done) return this.ask(peer, island);
    island.vector.merge(within(VersionVector.from(reply.vector), this.target));
    this.askNext(island);
  }

  /** An answer cannot be taken in. */
  refuse(id: number, reason: string): void {
    if (this.waiting.delete(id)) this.problem = reason;
  }

  /** A link that is gone answers no more. */
  dropped(): void {
    this.waiting.clear();
  }

  /** Whether own and staged changes together hold all of the target. */
  get isComplete(): boolean {
    return this.seen().coversAll(this.target);
  }

  /** All that the plan knows of. */
  seen(): VersionVector {
    const seen = (this.context.replicas.data.vector as VersionVector).clone();
    for (const island of this.islands) seen.merge(island.vector);
    return seen;
  }

  /** The plan of what was read and what this node's island (`own`) has. Nothing more may be read once it is begun. */
  *plan(
    strategy: Strategy,
    decisions: Decisions,
    own: readonly ReplicaId[],
    fence: Hlc | null,
    oneSided?: OneSidedTally,
  ): Steps<Plan> {
    const { ports, replicas } = this.context;
    const islands = yield* this.planIslands(own);
    const { store } = replicas.data;
    const skewMs = measuredSkewMs(this.context);
    return yield* planSteps({
      strategy,
      decisions,
      islands,
      own: (key) => store.get(key),
      fence,
      skewMs,
      nowMs: ports.wallMs(),
      ...(oneSided === undefined ? {} : { oneSided }),
    });
  }

  /**
   * The islands for a plan, this node's own first. Clients write meanwhile: of a key that is written again the older or the newer
   * version is met, which makes no difference, since a plan is never of the very moment at which it is carried out.
   */
  private *planIslands(own: readonly ReplicaId[]): Steps<PlanIsland[]> {
    const { data } = this.context.replicas;
    const changed = new Map<string, Entry>();
    for (const [origin, seq] of data.vector.seqs) {
      const known = Math.min(...this.islands.map((island) => island.vector.get(origin)));
      for (let after = known; after < seq; ) {
        const rows = data.store.rows(origin, after, seq, ROWS_PER_STEP);
        for (const row of rows) {
          const entry = data.store.get(row.key);
          if (entry !== undefined && this.isNews(entry)) changed.set(bytesToId(row.key), entry);
        }
        after = rows.length === ROWS_PER_STEP ? rows[ROWS_PER_STEP - 1]!.seq : seq;
        yield;
      }
    }
    return [{ replicas: own, vector: data.vector, changed }, ...this.islands];
  }

  /** Whether some other island has not seen the entry. */
  private isNews(entry: Entry): boolean {
    return this.islands.some((island) => !island.vector.covers(entry.origin, entry.seq));
  }

  private askNext(island: StagedIsland): void {
    const peer = this.context.peers.get(island.toAsk.shift() ?? '');
    if (peer !== undefined) this.ask(peer, island);
  }

  private ask(peer: Peer, island: StagedIsland): void {
    const id = this.nextReadId();
    const from = (this.context.replicas.data.vector as VersionVector).clone();
    from.merge(island.vector);
    this.waiting.set(id, island);
    this.context.send(peer.link, { type: 'read', id, from: from.toData(), upto: this.target.toData() });
  }

  private stage(island: StagedIsland, entry: Entry): void {
    // What this node has seen is no change of the other island's alone.
    if (this.context.replicas.data.vector.covers(entry.origin, entry.seq)) return;
    const id = bytesToId(entry.key);
    const staged = island.changed.get(id);
    if (staged === undefined || isAfter(entry, staged) || isRicher(entry, staged)) island.changed.set(id, entry);
  }
}

/** The same write, and its value, which was evicted where it was read before. */
function isRicher(entry: Entry, staged: Entry): boolean {
  return staged.evicted === true && entry.hlc === staged.hlc && entry.origin === staged.origin;
}

/** What this node has and the asking one lacks of what it wants, as much as fits into an answer. */
export function answerRead({ replicas, slices }: Context, { id, from, upto }: Read): ReadReply {
  const { data } = replicas;
  const options = { bytesMax: slices.readBytes, upto: VersionVector.from(upto) };
  const { ranges, behind, complete } = data.ranges(VersionVector.from(from), options);
  return { type: 'read-reply', id, ranges, behind, done: complete, vector: data.vector.toData() };
}

/** What of a vector lies within the other: beyond it nothing was read. What is retired all members have, and read whole. */
function within(vector: VersionVector, bound: Readonly<VersionVector>): VersionVector {
  const bounded = new VersionVector();
  for (const [replica, boot] of vector.floors) bounded.retire(replica, boot);
  for (const [origin, seq] of vector.seqs) bounded.advance(origin, Math.min(seq, bound.get(origin)));
  return bounded;
}

/** The largest clock difference to a member, with half of the round trip for the error of the measurement. */
function measuredSkewMs(context: Context): number {
  const skews = [...context.peers.values()].map((peer) => Math.abs(peer.skewMs ?? 0) + (peer.roundTripMs ?? 0) / 2);
  return Math.ceil(Math.max(0, ...skews));
}

interface StagedIsland {
  readonly replicas: readonly ReplicaId[];
  readonly vector: VersionVector;
  readonly changed: Map<string, Entry>;
  toAsk: ReplicaId[];
}
