import { type VectorData, VersionVector } from '../model/vector.js';
import type { ReplicaId } from '../model/version.js';
import type { SeparationData } from '../replication/messages.js';
import type { Storage } from '../store/store.js';
import type { Separation } from './split-brain.js';

const META = 'separations';

/** The members that this node declared down or holds apart. Kept over restarts: a split-brain outlives a crash. */
export class Separations {
  /** The storage's position when they last changed. */
  position: number;
  private readonly all: Map<ReplicaId, Separation>;

  constructor(private readonly storage: Storage) {
    this.all = new Map(Object.entries((storage.getMeta(META) ?? {}) as Record<ReplicaId, Separation>));
    this.position = storage.position;
  }

  get(replica: ReplicaId): Separation | undefined {
    return this.all.get(replica);
  }

  has(replica: ReplicaId): boolean {
    return this.all.has(replica);
  }

  isSplit(replica: ReplicaId): boolean {
    return this.all.get(replica)?.split === true;
  }

  set(replica: ReplicaId, separation: Separation): void {
    this.all.set(replica, separation);
    this.save();
  }

  /** This node starts over in the island of another one. */
  clear(): void {
    this.all.clear();
    this.save();
  }

  delete(replica: ReplicaId): void {
    if (this.all.delete(replica)) this.save();
  }

  /** The other island's changes up to `covered` are resolved: only later writes count as written apart. */
  raiseMark(replica: ReplicaId, covered: VectorData, split: boolean): void {
    const separation = this.all.get(replica);
    if (separation === undefined) return;
    const mark = VersionVector.from(separation.mark);
    mark.merge(VersionVector.from(covered));
    this.set(replica, { ...separation, mark: mark.toData(), split });
  }

  /**
   * An island-mate declared the member down too, perhaps earlier: what the island has written since then was written apart,
   * even if this node had it before its own declaration.
   */
  lowerMark(replica: ReplicaId, mate: SeparationData): void {
    const own = this.all.get(replica);
    if (own === undefined || own.split) return;
    const lower = earlier(own, mate);
    const isLower =
      lower.sinceMs < own.sinceMs || !VersionVector.from(lower.mark).coversAll(VersionVector.from(own.mark));
    if (isLower) this.set(replica, lower);
  }

  list(): [ReplicaId, Separation][] {
    return [...this.all];
  }

  toData(): Record<ReplicaId, Separation> {
    return Object.fromEntries(this.all);
  }

  private save(): void {
    this.storage.setMeta(META, this.toData());
    this.position = this.storage.position;
  }
}

/** The first one, as early as the other: the lesser mark, position by position, holds for both. */
export function earlier(one: Separation, other: SeparationData): Separation {
  const [mark, mate] = [VersionVector.from(one.mark), VersionVector.from(other.mark)];
  const lower = new VersionVector();
  for (const [floor, boot] of mark.floors)
    if (mate.floors.has(floor)) lower.retire(floor, Math.min(boot, mate.floors.get(floor)!));
  for (const origin of new Set([...mark.seqs.keys(), ...mate.seqs.keys()])) {
    const seq = Math.min(mark.get(origin), mate.get(origin));
    if (seq > 0) lower.advance(origin, seq);
  }
  return { ...one, sinceMs: Math.min(one.sinceMs, other.sinceMs), mark: lower.toData() };
}
