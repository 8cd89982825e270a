import { bootOf, type Origin, type ReplicaId, replicaOf } from './version.js';

/** A vector as plain data, for messages and disks: sequence numbers by origin, floors by replica. */
export interface VectorData {
  readonly seqs: Readonly<Record<Origin, number>>;
  /** Every origin of that replica with a boot below this number is incorporated whole and no longer listed (R7). */
  readonly floors: Readonly<Record<ReplicaId, number>>;
}

export const EMPTY_VECTOR: VectorData = { seqs: {}, floors: {} };

/** A boot number above all others: the floor of a replica that is no member any more. */
export const FLOOR_ALL = Number.MAX_SAFE_INTEGER;

/**
 * R3: for every write of origin `o` up to `get(o)`, the holder has that write or a greater version of its key.
 * Sequence numbers and floors only grow, until all is disclaimed.
 */
export class VersionVector {
  readonly seqs = new Map<Origin, number>();
  readonly floors = new Map<ReplicaId, number>();

  static from(data: VectorData): VersionVector {
    const vector = new VersionVector();
    for (const [replica, boot] of Object.entries(data.floors)) vector.floors.set(replica, boot);
    for (const [origin, seq] of Object.entries(data.seqs)) vector.advance(origin, seq);
    return vector;
  }

  toData(): VectorData {
    return { seqs: Object.fromEntries(this.seqs), floors: Object.fromEntries(this.floors) };
  }

  equals({ seqs, floors }: VectorData): boolean {
    return holdsJust(this.seqs, seqs) && holdsJust(this.floors, floors);
  }

  clone(): VersionVector {
    const copy = new VersionVector();
    for (const [origin, seq] of this.seqs) copy.seqs.set(origin, seq);
    for (const [replica, boot] of this.floors) copy.floors.set(replica, boot);
    return copy;
  }

  /** The highest incorporated sequence number; Infinity for a retired origin, 0 for an unknown one. */
  get(origin: Origin): number {
    // What is retired is not listed.
    return this.seqs.get(origin) ?? (this.isRetired(origin) ? Number.POSITIVE_INFINITY : 0);
  }

  isRetired(origin: Origin): boolean {
    if (this.floors.size === 0) return false;
    const floor = this.floors.get(replicaOf(origin));
    return floor !== undefined && bootOf(origin) < floor;
  }

  covers(origin: Origin, seq: number): boolean {
    return this.get(origin) >= seq;
  }

  /** Whether this vector has everything that `other` lists. Floors of `other` count through their listed origins only. */
  coversAll(other: VersionVector): boolean {
    for (const [origin, seq] of other.seqs) if (!this.covers(origin, seq)) return false;
    return true;
  }

  /** Like coversAll, for the origins of some replicas. */
  coversWhere(other: VersionVector, accepts: (replica: ReplicaId) => boolean): boolean {
    for (const [origin, seq] of other.seqs) {
      if (!this.covers(origin, seq) && accepts(replicaOf(origin))) return false;
    }
    return true;
  }

  advance(origin: Origin, seq: number): void {
    const listed = this.seqs.get(origin);
    if (listed === undefined ? seq > 0 && !this.isRetired(origin) : seq > listed) this.seqs.set(origin, seq);
  }

  /** Take every position of `other` that is ahead, floors included. */
  merge(other: VersionVector): void {
    for (const [replica, boot] of other.floors) this.retire(replica, boot);
    for (const [origin, seq] of other.seqs) this.advance(origin, seq);
  }

  /** Forget the listed origins of `replica` with boots below `boot`: they are incorporated whole. */
  retire(replica: ReplicaId, boot: number): void {
    if (boot <= (this.floors.get(replica) ?? 0)) return;
    this.floors.set(replica, boot);
    for (const origin of this.seqs.keys()) {
      if (replicaOf(origin) === replica && bootOf(origin) < boot) this.seqs.delete(origin);
    }
  }

  /** Cover nothing any more. */
  clear(): void {
    this.seqs.clear();
    this.floors.clear();
  }

  /** How many writes `other` lists that this vector lacks. */
  lackOf(other: VersionVector): number {
    let lack = 0;
    for (const [origin, seq] of other.seqs) lack += Math.max(0, seq - this.get(origin));
    return lack;
  }
}

function holdsJust(map: ReadonlyMap<string, number>, data: Readonly<Record<string, number>>): boolean {
  let count = 0;
  for (const name in data) {
    if (map.get(name) !== data[name]) return false;
    count++;
  }
  return count === map.size;
}
