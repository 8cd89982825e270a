import type { Separation } from './split-brain.js';
import type { Storage } from './store.js';
import { type VectorData, VersionVector } from './vector.js';
import type { ReplicaId } from './version.js';

const META = 'separations';

/** The members that this node declared down or holds apart. Kept over restarts: a split-brain outlives a crash. */
export class Separations {
  private readonly all: Map<ReplicaId, Separation>;

  constructor(private readonly storage: Storage) {
    this.all = new Map(Object.entries((storage.getMeta(META) ?? {}) as Record<ReplicaId, Separation>));
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

  list(): [ReplicaId, Separation][] {
    return [...this.all];
  }

  toData(): Record<ReplicaId, Separation> {
    return Object.fromEntries(this.all);
  }

  private save(): void {
    this.storage.setMeta(META, this.toData());
  }
}
