import type { Bytes } from '../../core/model/bytes.js';
import { PART, type PartKind } from '../../core/model/parts.js';
import type { CollectionView } from '../../core/replication/collection-view.js';
import type { CollectionShape } from '../../core/replication/collections.js';
import { elementText, nameText } from './collection-dump.js';
import { type ElementEdit, ElementMap } from './element-map.js';
import { rest, Slice, type SlicePorts } from './slices.js';

/** What the node has of a large collection as it is now, as long as nothing is written. */
export interface LargeView {
  readonly id: string;
  readonly shape: CollectionShape;
  readonly parts: CollectionView;
  /** See {@link Collections.changesOf}. */
  readonly changes: number;
}

/** The large collections that were asked for last, in one piece, which is not made anew for a change of some elements. */
export class LargeCopies {
  /** The latest at the end. */
  private readonly copies = new Map<string, Copy>();
  /** Those in the making, with what has changed since. */
  private readonly growing = new Map<string, Stale>();
  private length = 0;
  /** By key, the names of parts whose change was told of last: some of them may be about to change. */
  private readonly told = new Map<string, Set<string>>();
  private isTogether = false;

  /**
   * A part of a key is about to change: at once, or with others that are told of first.
   * @param changes of the key, up to now
   */
  changing(id: string, kind: PartKind, name: Bytes, changes: () => number): void {
    if (!this.isTogether) this.told.clear();
    const text = nameText(name);
    const told = this.told.get(id) ?? new Set();
    this.told.set(id, told.add(text));
    // What had ended may live again.
    if (kind === PART.expiry) this.ended(id);
    const copy = this.copies.get(id);
    if (copy !== undefined && PART[copy.shape] === kind) copy.stale.set(text, changes());
    this.growing.get(id)?.set(text, changes());
  }

  /** All of a key is about to change. */
  ended(id: string): void {
    if (this.copies.has(id)) this.forget(id);
    if (this.growing.has(id)) this.growing.delete(id);
  }

  /** The changes that `work` tells of are made before it ends, or right after it. */
  together<T>(work: () => T): T {
    this.told.clear();
    this.isTogether = true;
    try {
      return work();
    } finally {
      this.isTogether = false;
    }
  }

  elementsOf(view: LargeView): ElementMap {
    const { id, shape, parts, changes } = view;
    const copy = this.copies.get(id);
    const mayPatch = copy?.shape === shape && copy.stale.size <= parts.size;
    const patched = mayPatch ? this.patched(copy, parts) : null;
    const toCome: Stale = new Map();
    for (const name of this.told.get(id) ?? []) toCome.set(name, changes);
    for (const [name, at] of copy?.stale ?? []) if (at === changes) toCome.set(name, at);
    // What ended since, as by an expiry, nobody told of.
    if (patched?.size === parts.size) return this.keep(id, shape, patched, toCome);
    const edit = ElementMap.EMPTY.edit();
    for (let cursor = 0; ; ) {
      cursor = add(edit, view, cursor);
      if (cursor === 0) return this.keep(id, shape, edit.done(), toCome);
    }
  }

  /** Whether it takes long to ask for this one, where it is a large one. */
  isBehind(id: string, isLarge: () => boolean, ports: SlicePorts): boolean {
    const copy = this.copies.get(id);
    return copy === undefined ? isLarge() : isBehind(copy, ports);
  }

  /**
   * Makes a copy, or one that is behind what it was when it was asked for last, so that it is there when it is asked for: in slices.
   * @param viewOf null: it is none any more
   */
  async prepare(viewOf: () => LargeView | null, ports: SlicePorts): Promise<void> {
    const first = viewOf();
    if (first === null || this.growing.has(first.id)) return;
    if (this.copies.get(first.id)?.shape === first.shape) return this.patchInSlices(viewOf, ports);
    const { id, shape } = first;
    const stale: Stale = new Map();
    for (const name of this.told.get(id) ?? []) stale.set(name, first.changes);
    this.growing.set(id, stale);
    try {
      const edit = ElementMap.EMPTY.edit();
      let cursor = 0;
      do {
        const view = viewOf();
        if (view === null || view.shape !== shape) return;
        cursor = add(edit, view, cursor);
        await rest(ports);
      } while (cursor !== 0);
      if (this.growing.get(id) === stale) this.keep(id, shape, edit.done(), stale);
    } finally {
      this.growing.delete(id);
    }
  }

  // ---

  /** What is left to be patched is listed at any time, so others may ask for it in between. */
  private async patchInSlices(viewOf: () => LargeView | null, ports: SlicePorts): Promise<void> {
    for (let view = viewOf(); view !== null; view = viewOf()) {
      const { id, shape, parts } = view;
      const copy = this.copies.get(id);
      if (copy?.shape !== shape || !isBehind(copy, ports) || copy.stale.size > parts.size) return;
      const slice = new Slice(ports, ports.slices.patches);
      const edit = copy.elements.edit();
      // What was told of has come: between the two there is no other turn.
      for (const name of copy.stale.keys()) {
        patch(edit, shape, parts, name);
        copy.stale.delete(name);
        if (slice.isOver()) break;
      }
      const elements = edit.done();
      this.length += elements.totals.length - copy.elements.totals.length;
      this.copies.set(id, { ...copy, elements });
      await rest(ports);
    }
  }

  private patched({ shape, elements, stale }: Copy, parts: CollectionView): ElementMap {
    if (stale.size === 0) return elements;
    const edit = elements.edit();
    for (const name of stale.keys()) patch(edit, shape, parts, name);
    return edit.done();
  }

  private keep(id: string, shape: CollectionShape, elements: ElementMap, stale: Stale): ElementMap {
    this.forget(id);
    this.copies.set(id, { shape, elements, stale });
    this.length += elements.totals.length;
    for (const oldest of this.copies.keys()) {
      if (this.copies.size === 1 || this.length <= LENGTH_MAX) break;
      this.forget(oldest);
    }
    return elements;
  }

  private forget(id: string): void {
    this.length -= this.copies.get(id)?.elements.totals.length ?? 0;
    this.copies.delete(id);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

/** Characters of all names and values that are kept; of one collection there may be more. */
const LENGTH_MAX = 32 << 20;
/** A look for one of them takes a few microseconds. */
const PARTS_PER_SLICE = 512;

interface Copy {
  readonly shape: CollectionShape;
  readonly elements: ElementMap;
  readonly stale: Stale;
}

/**
 * The names of elements that may have changed since, each with the count of its key's changes before: what was told of and is yet to
 * come has that of now.
 */
type Stale = Map<string, number>;

function isBehind({ stale }: Copy, { slices }: SlicePorts): boolean {
  return stale.size > slices.patches;
}

function patch(edit: ElementEdit, shape: CollectionShape, parts: CollectionView, name: string): void {
  const value = parts.get(Buffer.from(name, 'latin1'));
  if (value === undefined) edit.delete(name);
  else edit.set(name, elementText(shape, value));
}

function add(edit: ElementEdit, { shape, parts }: LargeView, cursor: number): number {
  const slice = parts.scan(cursor, PARTS_PER_SLICE);
  for (const { name, value } of slice.parts) edit.set(nameText(name), elementText(shape, value));
  return slice.next;
}
