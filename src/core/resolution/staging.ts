import type { Context } from '../context.js';
import { type Bytes, bytesToId } from '../model/bytes.js';
import { type Entry, lastWriteOf } from '../model/entry.js';
import type { Hlc } from '../model/hlc.js';
import type { Steps } from '../model/steps.js';
import { VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { Read, ReadReply } from '../replication/messages.js';
import type { Peer } from '../replication/peer.js';
import { OwnChanges, StagedEntries } from './changed-keys.js';
import type { Decisions } from './decisions.js';
import { answerStates, type KeyState, KeyStates, type WantedStates } from './key-states.js';
import { currentAt, currentOf, livePartsOf } from './live-parts.js';
import { OneSidedTally } from './one-sided-keys.js';
import { type Plan, type PlanInput, type PlanIsland, planItems, planSteps } from './plan.js';
import { ShownTally } from './shown-items.js';
import { type ShownPlan, shownOf } from './shown-plan.js';
import type { Strategy } from './strategy.js';

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
  private states: KeyStates | null = null;

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
      changed: new StagedEntries(),
      toAsk: [],
    }));
  }

  get isReading(): boolean {
    return this.waiting.size > 0 || this.states?.isReading === true;
  }

  /** Ask the linked members of the other islands, one after the other, for what is not staged yet. */
  read(): void {
    for (const island of this.islands) {
      island.toAsk = island.replicas.filter((replica) => this.context.peers.has(replica));
      this.askNext(island);
    }
  }

  /** Read the keys that are written anew, or set aside, as another island has them; what is lacking is asked for again. */
  readStates(plan: Plan): void {
    this.states ??= new KeyStates(this.context, this.wantedOf(plan), this.nextReadId);
    this.states.read();
  }

  /** Whether all of it is here. */
  get hasStates(): boolean {
    return this.states?.isComplete === true;
  }

  completeStates(): void {
    this.states?.complete();
  }

  /** A key as an island other than this node's has it; undefined: it was not read. */
  stateOf(island: number, id: string): KeyState | undefined {
    return this.states?.of(island - 1, id);
  }

  receive(peer: Peer, reply: ReadReply): void {
    if (this.states?.receive(reply) === true) return;
    const island = this.waiting.get(reply.id);
    if (island === undefined) return;
    this.waiting.delete(reply.id);
    if (reply.behind) {
      this.problem = `the log of ${peer.hello.name} does not reach back to what this node has, or has 64 writes in a row of more than 256 MiB, with a key twice among them`;
      return;
    }
    for (const { origin, upto } of reply.ranges) island.vector.advance(origin, upto);
    if (reply.done) island.vector.merge(within(VersionVector.from(reply.vector), this.target));
    // It packs the next rows while these are taken in.
    if (reply.done) this.askNext(island);
    else this.ask(peer, island);
    const { vector } = this.context.replicas.data;
    // What this node has seen is no change of the other island's alone.
    for (const range of reply.ranges) island.changed.add(range, (entry) => !hasSeen(vector, entry));
  }

  /** An answer cannot be taken in. */
  refuse(id: number, reason: string): void {
    if (this.waiting.delete(id) || this.states?.refuse(id) === true) this.problem = reason;
  }

  /** A link that is gone no longer answers. */
  dropped(): void {
    this.waiting.clear();
    this.states?.dropped();
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
  *plan(strategy: Strategy, decisions: Decisions, own: readonly ReplicaId[], fence: Hlc | null): Steps<Plan> {
    const input = this.input(strategy, decisions, yield* this.planIslands(own), fence);
    return yield* planSteps(input);
  }

  /** The same to be shown, without the values. */
  *shown(strategy: Strategy, decisions: Decisions, own: readonly ReplicaId[]): Steps<ShownPlan> {
    const input = this.input(strategy, decisions, yield* this.planIslands(own), null);
    const [tally, oneSided] = [new ShownTally(input.islands.length), new OneSidedTally()];
    const counts = yield* planItems({ ...input, oneSided }, (item, id) => tally.add(item, id));
    return yield* shownOf({ ...input, counts }, yield* tally.packed(), yield* oneSided.packed());
  }

  private input(strategy: Strategy, decisions: Decisions, islands: PlanIsland[], fence: Hlc | null): PlanInput {
    const { ports, replicas } = this.context;
    const { store } = replicas.data;
    const [skewMs, nowMs] = [measuredSkewMs(this.context), ports.wallMs()];
    const own = (key: Bytes) => currentAt(store, key, nowMs);
    const parts = (key: Bytes) => livePartsOf(store, key, nowMs);
    return { strategy, decisions, islands, own, parts, fence, skewMs, nowMs };
  }

  private wantedOf({ items }: Plan): WantedStates[] {
    return this.islands.map(({ changed, replicas }, i) => {
      const island = i + 1;
      const wanted = items.filter(
        ({ outcome, clash }) => (outcome === island && clash?.restores === true) || clash?.losers.includes(island),
      );
      const ids = new Set(wanted.map(({ key }) => bytesToId(key)));
      const { peers } = this.context;
      const linked = (): Peer | undefined => peers.get(replicas.find((replica) => peers.has(replica)) ?? '');
      return { ids, changed, peer: linked };
    });
  }

  /** The islands for a plan, this node's own first. */
  private *planIslands(own: readonly ReplicaId[]): Steps<PlanIsland[]> {
    const { data } = this.context.replicas;
    const changed = new OwnChanges(data.store);
    for (const [origin, seq] of data.vector.seqs) {
      const known = Math.min(...this.islands.map((island) => island.vector.get(origin)));
      for (let after = known; after < seq; ) {
        const rows = data.store.rows(origin, after, seq, ROWS_PER_STEP);
        for (const row of rows) {
          const entry = currentOf(data.store, row.key);
          if (entry !== undefined && this.isNews(entry)) changed.add(bytesToId(row.key));
        }
        after = rows.length === ROWS_PER_STEP ? rows[ROWS_PER_STEP - 1]!.seq : seq;
        yield;
      }
    }
    return [{ replicas: own, vector: data.vector, changed }, ...this.islands];
  }

  /** Whether some other island has not seen the entry. */
  private isNews(entry: Entry): boolean {
    return this.islands.some(({ vector }) => !hasSeen(vector, entry));
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
}

/** What this node has and the asking one lacks of what it wants, as much as fits into an answer. */
export function answerRead(context: Context, read: Read): ReadReply {
  if (read.keys !== undefined) return answerStates(context, read);
  const { replicas, slices } = context;
  const { id, from, upto } = read;
  const { data } = replicas;
  const options = { bytesMax: slices.readBytes, upto: VersionVector.from(upto) };
  const { ranges, behind, complete } = data.ranges(VersionVector.from(from), options);
  return { type: 'read-reply', id, ranges, behind, done: complete, vector: data.vector.toData() };
}

function hasSeen(vector: Readonly<VersionVector>, entry: Entry): boolean {
  const { origin, seq } = lastWriteOf(entry);
  return vector.covers(origin, seq);
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
  readonly changed: StagedEntries;
  toAsk: ReplicaId[];
}
