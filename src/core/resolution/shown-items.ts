import { type Entry, isDeleted, type Touch } from '../model/entry.js';
import { compareIds } from '../model/part-ids.js';
import { orderOf, type Steps } from '../model/steps.js';
import { Column, Interned, type PackedIds, PackedVersions, packedInOrder } from './packed-versions.js';
import type { PlanItem } from './plan.js';
import { type RowKind, type SeenVersion, type ShownItem, type ShownVersion, seenVersion } from './shown-plan.js';

type Shape = Omit<ShownItem, 'id' | 'reason' | 'versions'>;

/** Collects what is shown of the items of a plan, in whatever order they are met, each of them once. */
export class ShownTally {
  private readonly ids: string[] = [];
  private readonly shapes = new Column(Uint32Array);
  private readonly reasons = new Column(Uint32Array);
  private readonly shapesKnown = new Interned<Shape>();
  private readonly reasonsKnown = new Interned<string>();
  private readonly versions = new PackedVersions();
  private last: { readonly shape: Shape; readonly number: number } | null = null;

  /** `see`: what is shown of a version. A long value takes many steps, since its hash is shown. */
  constructor(
    private readonly islands: number,
    private readonly see: (entry: Entry) => SeenVersion | Steps<SeenVersion> = seenVersion,
  ) {}

  add(item: PlanItem, id: string): Steps<void> | undefined {
    const at = this.ids.push(id) - 1;
    this.shapes.set(at, this.shapeNumber(shapeOf(item)));
    this.reasons.set(at, this.reasonsKnown.numberOf(item.reason, item.reason));
    return this.addVersions(item.versions, at * this.islands);
  }

  /** Most items are decided like the one before. */
  private shapeNumber(shape: Shape): number {
    if (this.last === null || !isSameShape(shape, this.last.shape))
      this.last = { shape, number: this.shapesKnown.numberOf(nameOf(shape), shape) };
    return this.last.number;
  }

  private addVersions(versions: PlanItem['versions'], first: number): Steps<void> | undefined {
    const long: { readonly place: number; readonly steps: Steps<SeenVersion> }[] = [];
    for (let i = 0; i < versions.length; i++) {
      const version = versions[i];
      if (version === undefined) continue;
      const seen = this.see(version);
      if ('next' in seen) long.push({ place: first + i, steps: seen });
      else this.versions.put(first + i, seen);
    }
    return long.length === 0 ? undefined : this.addLong(long);
  }

  private *addLong(long: readonly { readonly place: number; readonly steps: Steps<SeenVersion> }[]): Steps<void> {
    for (const { place, steps } of long) this.versions.put(place, yield* steps);
  }

  *packed(): Steps<ShownItems> {
    const { ids, islands, shapes, reasons, shapesKnown, reasonsKnown, versions } = this;
    const order = yield* orderOf(ids, compareIds);
    const packed = yield* packedInOrder(ids, order);
    return new ShownItems(packed, order, islands, { shapes, reasons, shapesKnown, reasonsKnown, versions });
  }
}

/**
 * The items of a plan in the order of their keys' ids. There may be hundreds of thousands, and they are kept while a person reads: so they
 * are packed, and an item is made when it is asked for.
 */
export class ShownItems implements Iterable<ShownItem> {
  /** The places of the islands. */
  readonly islandPlaces: readonly number[];

  /** `order`: for each item, the place at which it was met, under which its parts are kept. */
  constructor(
    private readonly ids: PackedIds,
    private readonly order: Uint32Array,
    private readonly islands: number,
    private readonly parts: {
      readonly shapes: Column;
      readonly reasons: Column;
      readonly shapesKnown: Interned<Shape>;
      readonly reasonsKnown: Interned<string>;
      readonly versions: PackedVersions;
    },
  ) {
    this.islandPlaces = Array.from({ length: islands }, (_, i) => i);
  }

  get length(): number {
    return this.ids.length;
  }

  idAt(at: number): string {
    return this.ids.at(at);
  }

  /** All but the versions. */
  shapeAt(at: number): Shape {
    return this.parts.shapesKnown.at(this.parts.shapes.get(this.order[at]!));
  }

  hasVersionAt(at: number, island: number): boolean {
    return this.parts.versions.has(this.placeOf(at, island));
  }

  isDeletedAt(at: number, island: number): boolean {
    return this.parts.versions.isDeletedAt(this.placeOf(at, island));
  }

  /** Where there is one. */
  versionAt(at: number, island: number): Touch & { readonly touch?: Touch } {
    return this.parts.versions.versionAt(this.placeOf(at, island));
  }

  /** The length of the value; 0 where there is no version. */
  bytesAt(at: number, island: number): number {
    return this.parts.versions.bytesAt(this.placeOf(at, island));
  }

  at(at: number): ShownItem {
    const { reasons, reasonsKnown, versions } = this.parts;
    const shown: (ShownVersion | undefined)[] = [];
    for (let island = 0; island < this.islands; island++) shown.push(versions.at(this.placeOf(at, island)));
    const { outcome, overridden, conflict, uncertain, undecided, pick, manual, kind, follows } = this.shapeAt(at);
    const reason = reasonsKnown.at(reasons.get(this.order[at]!));
    const id = this.ids.at(at);
    const item = {
      id,
      kind,
      versions: shown,
      outcome,
      reason,
      overridden,
      conflict,
      uncertain,
      undecided,
      pick,
      manual,
    };
    return follows === true ? { ...item, follows } : item;
  }

  *[Symbol.iterator](): Iterator<ShownItem> {
    for (let at = 0; at < this.length; at++) yield this.at(at);
  }

  private placeOf(at: number, island: number): number {
    return this.order[at]! * this.islands + island;
  }
}

function shapeOf(item: PlanItem): Shape {
  const { outcome, overridden, conflict, uncertain, undecided, pick, manual, follows } = item;
  const kind = conflict ? kindOf(item.versions) : 'one-sided';
  const shape = { kind, outcome, overridden, conflict, uncertain, undecided, pick, manual };
  return follows === true ? { ...shape, follows } : shape;
}

function isSameShape(a: Shape, b: Shape): boolean {
  return (
    a.kind === b.kind &&
    a.outcome === b.outcome &&
    a.conflict === b.conflict &&
    a.uncertain === b.uncertain &&
    a.undecided === b.undecided &&
    a.pick === b.pick &&
    a.manual === b.manual &&
    a.follows === b.follows &&
    a.overridden.length === b.overridden.length &&
    a.overridden.every((island, i) => island === b.overridden[i])
  );
}

function nameOf(shape: Shape): string {
  const { kind, outcome, overridden, conflict, uncertain, undecided, pick, manual, follows } = shape;
  return `${kind} ${outcome} ${overridden.join()} ${conflict} ${uncertain} ${undecided} ${pick} ${manual} ${follows}`;
}

function kindOf(versions: readonly (Entry | undefined)[]): RowKind {
  let [first, count, deleted] = [undefined as Entry | undefined, 0, 0];
  let [haveEqual, expireAlike] = [true, true];
  for (const version of versions) {
    if (version === undefined) continue;
    count++;
    if (isDeleted(version)) deleted++;
    first ??= version;
    if (version === first) continue;
    haveEqual &&= haveEqualValues(first, version);
    expireAlike &&= first.expiryMs === version.expiryMs;
  }
  if (deleted > 0) return deleted === count ? 'alike' : 'deleted';
  if (!haveEqual) return 'changed';
  return expireAlike ? 'alike' : 'touched';
}

/** Nothing is known of an evicted value. */
function haveEqualValues(a: Entry, b: Entry): boolean {
  if (a.value === null || b.value === null) return false;
  return a.type === b.type && Buffer.compare(a.value, b.value) === 0;
}
