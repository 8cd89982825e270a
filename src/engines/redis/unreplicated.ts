import type { State } from './state.js';

/** How far the replication stream of a server has come, and, by address, how much of it its replicas have for certain. */
export interface StreamPosition {
  readonly replicationId: string;
  readonly offset: number;
  readonly replicas: ReadonlyMap<string, number>;
}

/** Of what a replica that took over lacks, what the node had to do with. */
export interface Lost {
  /** Keys that the node wrote there, and what their server may hold instead: it is written again. */
  readonly applied: ReadonlyMap<string, readonly State[]>;
  /** Keys of which the node took a write of the application that this server does not have. */
  readonly captured: ReadonlySet<string>;
}

/** Beyond so many, the oldest are forgotten: a replica that is so far behind may have lost anything. */
const TOUCHES_MAX = 50_000;

interface Touch {
  readonly id: string;
  readonly offset: number;
  /** What the server held before an apply, as far as it is known; null: it was a capture. */
  readonly before: readonly State[] | null;
}

interface Stream {
  touches: Touch[];
  /** All touches after this offset are known. */
  floor: number;
  /** What each replica had when it was seen last: one that is not connected any more may be about to take over. */
  replicas: Map<string, number>;
}

/**
 * The keys that were read from, or written to, a master, and that its replicas may not have yet: so that after a failover it is
 * known, key by key, what the new master can lack. Kept in memory alone: a node that was started meanwhile does not know.
 */
export class Unreplicated {
  private readonly streams = new Map<string, Stream>();

  /** Once per batch, before its keys are noted: all of them happened up to here. */
  reached({ replicationId, offset, replicas }: StreamPosition): void {
    const stream = this.streams.get(replicationId);
    if (stream === undefined)
      return void this.streams.set(replicationId, { touches: [], floor: offset, replicas: new Map(replicas) });
    for (const [address, acknowledged] of replicas) stream.replicas.set(address, acknowledged);
    forget(stream, Math.min(offset, ...stream.replicas.values()));
  }

  applied({ replicationId, offset }: StreamPosition, id: string, before: readonly State[]): void {
    this.note(replicationId, { id, offset, before });
  }

  captured({ replicationId, offset }: StreamPosition, id: string): void {
    this.note(replicationId, { id, offset, before: null });
  }

  /** What a replica may lack that has the stream up to `offset`; null: not all of it is known. */
  beyond(replicationId: string, offset: number): Lost | null {
    const stream = this.streams.get(replicationId);
    if (stream === undefined || offset < stream.floor) return null;
    const applied = new Map<string, readonly State[]>();
    const captured = new Set<string>();
    for (const { id, offset: at, before } of stream.touches) {
      if (at <= offset) continue;
      // The later one decides what becomes of the key; the earlier ones what may be there.
      if (before === null) captured.add(id);
      else captured.delete(id);
      if (before !== null) applied.set(id, [...(applied.get(id) ?? []), ...before]);
    }
    for (const id of captured) applied.delete(id);
    return { applied, captured };
  }

  /** What its last server lacked is known by now. */
  settle(replicationId: string): void {
    this.streams.delete(replicationId);
  }

  private note(replicationId: string, touch: Touch): void {
    const stream = this.streams.get(replicationId);
    if (stream === undefined) return;
    stream.touches.push(touch);
    if (stream.touches.length > TOUCHES_MAX) forget(stream, stream.touches[TOUCHES_MAX >>> 1]!.offset);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

function forget(stream: Stream, upto: number): void {
  if (upto <= stream.floor) return;
  stream.floor = upto;
  const kept = stream.touches.findIndex(({ offset }) => offset > upto);
  stream.touches = kept < 0 ? [] : stream.touches.slice(kept);
}
