import { type Entry, isDeleted } from '../model/entry.js';
import { compareIds } from '../model/part-ids.js';
import { orderOf, type Steps } from '../model/steps.js';
import { Column, PackedIds, PackedVersions, packedInOrder } from './packed-versions.js';
import type { ShownVersion } from './shown-plan.js';

/** A key that only one island changed, and that stands. Only the length of its value is known. */
export interface OneSidedKey extends ShownVersion {
  readonly id: string;
  readonly island: number;
}

/** Collects the keys that one island alone changed while a plan is made. */
export class OneSidedTally {
  private readonly ids: string[] = [];
  private readonly islands = new Column(Uint32Array);
  private readonly versions = new PackedVersions();

  /** `bytesOf`: the length of a value. */
  constructor(private readonly bytesOf: (entry: Entry) => number = ({ value }) => value?.length ?? 0) {}

  /** `entry` undefined: it has gone meanwhile, and the key with it. */
  note(id: string, island: number, entry: Entry | undefined): void {
    if (entry === undefined) return;
    const at = this.ids.push(id) - 1;
    this.islands.set(at, island);
    this.versions.put(at, lengthOnly(entry, this.bytesOf(entry)));
  }

  *packed(): Steps<OneSidedKeys> {
    const { ids } = this;
    const order = yield* orderOf(ids, compareIds);
    return new OneSidedKeys(yield* packedInOrder(ids, order), order, this.islands, this.versions);
  }
}

/** The keys that one island alone changed, in the order of their ids. There may be as many as there are entries. */
export class OneSidedKeys {
  static readonly NONE = new OneSidedKeys(
    new PackedIds(),
    new Uint32Array(0),
    new Column(Uint32Array),
    new PackedVersions(),
  );

  /** `order`: for each key, the place of its island and of its version. */
  constructor(
    private readonly ids: PackedIds,
    private readonly order: Uint32Array,
    private readonly islands: Column,
    private readonly versions: PackedVersions,
  ) {}

  get length(): number {
    return this.ids.length;
  }

  at(at: number): OneSidedKey {
    return { id: this.ids.at(at), island: this.islandAt(at), ...this.versions.at(this.order[at]!)! };
  }

  idAt(at: number): string {
    return this.ids.at(at);
  }

  islandAt(at: number): number {
    return this.islands.get(this.order[at]!);
  }

  isDeletedAt(at: number): boolean {
    return this.versions.isDeletedAt(this.order[at]!);
  }

  bytesAt(at: number): number {
    return this.versions.bytesAt(this.order[at]!);
  }
}

function lengthOnly(entry: Entry, valueBytes: number): ShownVersion {
  const { hlc, origin, seq, expiryMs, type } = entry;
  const [deleted, evicted] = [isDeleted(entry), entry.evicted === true];
  return { hlc, origin, seq, expiryMs, type, deleted, evicted, valueBytes, valueHash: 0, preview: null };
}
