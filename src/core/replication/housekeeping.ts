import type { Context } from '../context.js';
import { BUCKETS } from '../model/bytes.js';
import { lastWriteOf } from '../model/entry.js';
import { bootOf, type Origin, originOf, type ReplicaId, replicaOf } from '../model/version.js';
import { GROUPS, type Group } from '../store/store.js';
import { beatIntervalMs } from './beats.js';
import { currentAck } from './feed.js';
import type { AckData } from './messages.js';
import { PartCollection } from './part-collection.js';
import type { Peer } from './peer.js';

/** Buckets looked at per tick; all of them every eight seconds or so, the ones without garbage at no cost. */
const BUCKETS_PER_TICK = 64;

/** Between two slices of that: clients are served meanwhile. */
export const FOLD_PACE_MS = 10;

/**
 * A former member's origins are kept this long in the vectors: a node that it let in, and that nobody else has heard of
 * yet, has its writes, and would never be believed again once they counted as incorporated whole.
 */
const FORMER_KEPT_MS = 86_400_000;

/** R7: what is stable leaves the log, tombstones and expired entries leave the store, past origins leave the vectors. */
export class Housekeeping {
  private readonly unsynced: { position: number; ack: AckData }[] = [];
  private durablePosition = 0;
  private cursor = 0;
  /** Whether there is more to do of it, once so much time has passed. */
  isFolding = false;
  private foldedAtMs = 0;

  private readonly parts: PartCollection;

  constructor(private readonly context: Context) {
    this.parts = new PartCollection(context);
  }

  tick(): void {
    const { acks, replicas, records, ports } = this.context;
    // With a disk that is full or fails, what can wait does.
    if (ports.storage.takes === 'nothing') return;
    this.noteOwnAck();
    if (ports.storage.takes !== 'all') return;
    acks.settle(replicas.data.vector, replicas.system.vector, (replica) => records.isActive(replica));
    const members = this.members();
    for (const group of GROUPS) {
      this.trim(group, members);
      this.retire(group, members);
      this.collect(group, members);
    }
    this.cursor = (this.cursor + BUCKETS_PER_TICK) % BUCKETS;
  }

  /**
   * A slice of what saves memory, at times that are some way apart. Not where this node `evicts`: the stubs of small parts take more than the
   * parts do when they are folded. So each eviction would take memory, until nothing is left, and of two members with the same limit one would
   * not have room for the stubs of what the other holds.
   */
  fold(evicts: boolean): void {
    const { replicas, ports } = this.context;
    const nowMs = ports.monoMs();
    if (evicts) {
      this.isFolding = false;
      return;
    }
    if (nowMs < this.foldedAtMs + FOLD_PACE_MS) return;
    this.foldedAtMs = nowMs;
    this.isFolding = replicas.data.store.foldParts(ports.wallMs());
  }

  /** The storage is durable up to `position`: what this node had then counts as its own acknowledgement. */
  durable(position: number): void {
    this.durablePosition = Math.max(this.durablePosition, position);
    let ack: AckData | null = null;
    while (this.unsynced.length > 0 && this.unsynced[0]!.position <= position) ack = this.unsynced.shift()!.ack;
    if (ack !== null) this.context.acks.note(this.context.self.replica, ack);
  }

  private noteOwnAck(): void {
    const { position } = this.context.ports.storage;
    const last = this.unsynced[this.unsynced.length - 1];
    if (last !== undefined && last.position === position) return;
    this.unsynced.push({ position, ack: currentAck(this.context) });
    // Nothing is written any more when all is quiet, so no sync would come to tell.
    if (position <= this.durablePosition) this.durable(position);
  }

  private members(): ReplicaId[] {
    return this.context.records.active().map((member) => member.replica);
  }

  private trim(group: Group, members: readonly ReplicaId[]): void {
    const { acks, replicas } = this.context;
    const { store, vector } = replicas[group];
    for (const [origin, seq] of vector.seqs) {
      const stable = Math.min(seq, acks.stable(group, origin, members));
      if (stable > store.floor(origin)) store.trim(origin, stable);
    }
  }

  private retire(group: Group, members: readonly ReplicaId[]): void {
    const { acks, replicas } = this.context;
    if (!this.isWhole()) return;
    const { store, vector } = replicas[group];
    // Nearly always there is none: a replica's later boots are past only if its earlier ones are.
    const past = [...vector.seqs.keys()].filter((origin) => this.isPast(origin));
    const unfinished = new Set<ReplicaId>();
    for (const origin of past.sort((a, b) => bootOf(a) - bootOf(b))) {
      const author = replicaOf(origin);
      if (unfinished.has(author)) continue;
      const seq = vector.get(origin);
      if (acks.isFinished(group, origin, seq, members, author, this.laterOf(author)))
        store.retire(author, bootOf(origin) + 1);
      else unfinished.add(author);
    }
  }

  /**
   * Whether no linked member has come to know that this node came back with less than it once acknowledged (R14): it would tell
   * within a beat of letting data through. Until then what others have retired may not be whole here. Alone it cannot know: its
   * directory may be a copy of before others joined, and who is retired counts as known to the end.
   */
  private isWhole(): boolean {
    const { peers, ports, records } = this.context;
    const beatMs = beatIntervalMs(records.settings()['failure-timeout']);
    const isSettled = (peer: Peer): boolean => peer.isOpen && ports.monoMs() - peer.openedAtMs > 2 * beatMs;
    return peers.size > 0 && [...peers.values()].every(isSettled);
  }

  /** The origin of the author's present boot, in which each member writes its record; null: it is none. */
  private laterOf(author: ReplicaId): Origin | null {
    const { self, records, acks } = this.context;
    if (!records.isActive(author)) return null;
    return originOf(author, author === self.replica ? self.boot : (acks.latest(author)?.boot ?? 0));
  }

  /** Whether the origin can have no more writes: its author started anew since, or is a member no more. */
  private isPast(origin: Origin): boolean {
    const { self, records, acks, ports } = this.context;
    const author = replicaOf(origin);
    if (author === self.replica) return origin !== originOf(self.replica, self.boot);
    const record = records.member(author);
    if (record === undefined) return false;
    if (record.state !== 'member') return ports.wallMs() - records.changedMs(author) > FORMER_KEPT_MS;
    return (acks.latest(author)?.boot ?? 0) > bootOf(origin);
  }

  private collect(group: Group, members: readonly ReplicaId[]): void {
    const { acks, replicas, ports } = this.context;
    const replica = replicas[group];
    const nowMs = ports.wallMs();
    const stableBy = new Map<Origin, number>();
    for (let i = 0; i < BUCKETS_PER_TICK; i++) {
      const index = (this.cursor + i) % BUCKETS;
      for (const entry of replica.store.garbage(index, nowMs)) {
        const { origin, seq } = lastWriteOf(entry);
        let stable = stableBy.get(origin);
        if (stable === undefined) {
          stable = acks.stable(group, origin, members);
          stableBy.set(origin, stable);
        }
        if (seq <= stable && (group === 'system' || this.parts.mayDrop(entry))) replica.drop(entry);
      }
      if (group === 'data') this.parts.collect(index, members);
    }
  }
}
