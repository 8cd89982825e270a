import { type Bytes, bytesToId } from '../../core/model/bytes.js';
import { type Entry, isLive } from '../../core/model/entry.js';
import { InvariantError } from '../../core/model/errors.js';
import { type Hlc, hlcFromMs } from '../../core/model/hlc.js';
import {
  isEnded,
  isPartKey,
  nameOf,
  PART,
  partKindOf,
  partPrefix,
  standsOn,
  wholeKeyOf,
} from '../../core/model/parts.js';
import { isAfter } from '../../core/model/version.js';
import type { CollectionView } from '../../core/replication/collection-view.js';
import { type CollectionReplica, type CollectionShape, Collections } from '../../core/replication/collections.js';
import { currentOf, livePartsOf } from '../../core/resolution/live-parts.js';
import type { Owner } from '../../core/store/owner.js';
import type { Store } from '../../core/store/store.js';
import { COLLECTION_TYPES, type Collection, dumpOf, elementText, nameText, TYPE_OF_SHAPE } from './collection-dump.js';
import { ElementMap, type Elements } from './element-map.js';
import { LargeCopies, type LargeView } from './large-copies.js';
import { isThere, LargeEntry } from './large-entry.js';
import type { SlicePorts } from './slices.js';

/**
 * What the node has of keys, each as a Redis would hold it: whole. A collection that the node keeps as parts is composed: it has the
 * version of its latest change, and no number.
 */
export class NodeCopy {
  private readonly collections: Collections;
  /** What was composed last, the latest at the end: one key is asked about several times in a row. */
  private readonly composed = new Map<string, Composed>();
  private composedBytes = 0;

  private readonly large = new LargeCopies();

  /** @param largeFrom so many elements make a collection a large one */
  constructor(
    private readonly store: Store,
    private readonly nowMs: () => number,
    private readonly largeFrom = Number.POSITIVE_INFINITY,
  ) {
    this.collections = new Collections(readOnly(store), nowMs);
  }

  liveCount(database?: number): number {
    return this.store.liveCount(database);
  }

  get(key: Bytes): Entry | undefined {
    const whole = this.store.get(key);
    if (this.store.owners.size === 0 || this.store.owners.get(key) === undefined) return whole;
    const shape = this.collections.shapeOf(key);
    if (shape === undefined) return whole;
    if (shape === 'value' || shape === 'count') return this.collections.numberAt(key, whole) ?? whole;
    return this.compose(key, shape).entry;
  }

  /** The same, and of a collection that has expired here what it was: Redis may hold that still, with another expiry. */
  heldAt(key: Bytes): Entry | undefined {
    const entry = this.get(key);
    // Whoever asks a large one for its value has a dump made of all of it.
    if (entry instanceof LargeEntry || (entry !== undefined && entry.value !== null)) return entry;
    const owner = this.store.owners.get(key);
    return (owner === undefined ? undefined : this.expired(key, owner)) ?? entry;
  }

  /** Whether there is nothing under a key, nor was until it expired. */
  isNone(key: Bytes): boolean {
    const { expiry } = this.store.owners.get(key) ?? NO_OWNER;
    return (expiry === null || expiry.expiryMs === 0) && !isThere(this.get(key), this.nowMs());
  }

  /** A collection that the node keeps as parts. */
  collectionAt(key: Bytes): Collection | undefined {
    if (this.store.owners.size === 0 || this.store.owners.get(key) === undefined) return undefined;
    const shape = this.collections.shapeOf(key);
    if (shape === undefined || shape === 'value' || shape === 'count') return undefined;
    return this.compose(key, shape).collection;
  }

  /** To be called before each change of a part, wherever it comes from. */
  changing(key: Bytes): void {
    if (!isPartKey(key)) return this.large.ended(bytesToId(key));
    const whole = wholeKeyOf(key);
    const changes = (): number => this.collections.changesOf(whole);
    this.large.changing(bytesToId(whole), partKindOf(key), nameOf(key), changes);
  }

  /** See {@link LargeCopies.together}. */
  together<T>(work: () => T): T {
    return this.large.together(work);
  }

  /** Makes what it has of a large collection known in slices. */
  prepare(key: Bytes, ports: SlicePorts): Promise<void> {
    return this.large.prepare(() => this.largeAt(key), ports);
  }

  /** Whether it takes long to ask what the node has under a key. */
  isBehind(key: Bytes, ports: SlicePorts): boolean {
    if (this.store.owners.size === 0 || this.store.owners.get(key) === undefined) return false;
    return this.large.isBehind(bytesToId(key), () => this.largeAt(key) !== null, ports);
  }

  /** Whether what the node has under a key is not one entry. */
  isComposed(key: Bytes): boolean {
    const shape = this.store.owners.size === 0 ? undefined : this.collections.shapeOf(key);
    if (shape === 'value') return this.collections.numberAt(key, this.store.get(key)) !== undefined;
    return shape !== undefined;
  }

  /** Whether it is a hash, a set or a sorted set in one piece. */
  isWholeCollection(entry: Entry | undefined): entry is Entry {
    // What is composed has no number.
    return entry?.type !== undefined && entry.seq !== 0 && COLLECTION_TYPES.includes(entry.type);
  }

  /** What the node has of a part. */
  partAt(place: Bytes): Entry | undefined {
    return currentOf(this.store, place);
  }

  /** Whether a part, which a reader does not find, has expired, and nobody has taken it away. Of what is forgotten nothing else is known. */
  hasExpired(place: Bytes): boolean {
    const part = this.partAt(place);
    if (part !== undefined) return part.value !== null;
    return this.store.get(place) === undefined && this.store.get(wholeKeyOf(place)) === undefined;
  }

  /**
   * Whether a reader finds the same when a part, or the whole, of a key becomes `then`: a part that its whole has ended, or that is
   * only to be forgotten; the delete of a whole that has parts since, and is forgotten.
   */
  staysSame(whole: Bytes, isPart: boolean, then: Entry | null, current: Entry | undefined): boolean {
    if (isPart && then !== null) return isEnded(standsOn(then), this.store.get(whole));
    if (then !== null) return false;
    if (!isPart) return current?.value == null && this.isComposed(whole);
    const owner = this.store.owners.get(whole);
    return owner === undefined || current === undefined || !this.store.owners.lives(owner, current);
  }

  /** The full keys in a bucket that a reader finds. */
  keysIn(bucket: number): Bytes[] {
    const { store } = this;
    const nowMs = this.nowMs();
    const keys = store.bucket(bucket).filter((entry) => !isPartKey(entry.key) && isLive(entry, nowMs));
    const inParts = [...store.owners.inBucket(bucket)].map((owner) => owner.key);
    const others = inParts.filter((key) => !['value', undefined].includes(this.collections.shapeOf(key)));
    return [...keys.map(({ key }) => key), ...others];
  }

  // ---

  private compose(key: Bytes, shape: CollectionShape): Composed {
    const id = bytesToId(key);
    const changes = this.collections.changesOf(key);
    const known = this.composed.get(id);
    if (known?.changes === changes) return known;
    this.forget(id);
    const composed = this.composedAnew(key, shape, changes);
    this.composed.set(id, composed);
    this.composedBytes += bytesOf(composed);
    for (const oldest of this.composed.keys()) {
      if (this.composed.size === 1 || (this.composed.size <= KEPT_MAX && this.composedBytes <= KEPT_BYTES_MAX)) break;
      this.forget(oldest);
    }
    return composed;
  }

  private composedAnew(key: Bytes, shape: CollectionShape, changes: number): Composed {
    const { newest } = this.collections.view(key, shape);
    const ends = this.collections.expiryOf(key);
    const later = ends === 0 ? NOTHING : this.elementsFrom(key, shape, hlcFromMs(ends));
    const elements = later.size > 0 ? later : this.elementsOf(key, shape);
    const expiry = this.store.get(partPrefix(PART.expiry, key));
    const { hlc, origin } = expiry !== undefined && isAfter(expiry, newest) ? expiry : newest;
    const expiryMs = later.size > 0 ? 0 : ends;
    if (elements instanceof ElementMap) {
      const collection = { shape, elements };
      return { changes, entry: new LargeEntry(key, collection, hlc, origin, expiryMs), collection };
    }
    const value = dumpOf({ shape, elements });
    const entry: Entry = { key, value, hlc, origin, seq: 0, expiryMs, type: TYPE_OF_SHAPE[shape] };
    return { changes, entry, collection: { shape, elements } };
  }

  private expired(key: Bytes, { expiry, hidden }: Owner): Entry | undefined {
    if (expiry === null || expiry.expiryMs === 0) return undefined;
    const { base, expiryMs, floor } = expiry;
    for (const shape of SHAPES) {
      const list = hidden[PART[shape]];
      const parts = list === undefined ? [] : [...this.store.owners.partsOf(list)];
      const ended = parts.filter((part) => part.hlc >= floor);
      if (ended.length === 0) continue;
      const elements = new Map(ended.map((part) => [nameText(nameOf(part.key)), elementText(shape, part.value!)]));
      return { key, value: dumpOf({ shape, elements }), ...base, seq: 0, expiryMs, type: TYPE_OF_SHAPE[shape] };
    }
    return undefined;
  }

  private elementsOf(key: Bytes, shape: CollectionShape): Elements {
    const view = this.collections.view(key, shape);
    if (view.size >= this.largeFrom) return this.large.elementsOf(this.largeView(key, shape, view));
    const elements = new Map<string, string>();
    for (let cursor = 0; ; ) {
      const { parts, next } = view.scan(cursor, PARTS_PER_SCAN);
      for (const { name, value } of parts) elements.set(nameText(name), elementText(shape, value));
      if (next === 0) return elements;
      cursor = next;
    }
  }

  private largeAt(key: Bytes): LargeView | null {
    const shape = this.store.owners.size === 0 ? undefined : this.collections.shapeOf(key);
    if (shape === undefined || shape === 'value' || shape === 'count') return null;
    const parts = this.collections.view(key, shape);
    return parts.size < this.largeFrom ? null : this.largeView(key, shape, parts);
  }

  private largeView(key: Bytes, shape: CollectionShape, parts: CollectionView): LargeView {
    return { id: bytesToId(key), shape, parts, changes: this.collections.changesOf(key) };
  }

  /**
   * Those that were written after the expiry of their key, by a clock that has passed it: they stay when it ends, and no expiry of a Redis
   * says so. What is older ends a moment earlier there.
   */
  private elementsFrom(key: Bytes, shape: CollectionShape, from: Hlc): Map<string, string> {
    const elements = new Map<string, string>();
    if (this.collections.view(key, shape).newest.hlc < from) return elements;
    for (const part of livePartsOf(this.store, key, this.nowMs()))
      if (partKindOf(part.key) === PART[shape] && part.hlc >= from)
        elements.set(nameText(nameOf(part.key)), elementText(shape, part.value!));
    return elements;
  }

  private forget(id: string): void {
    const known = this.composed.get(id);
    if (known === undefined) return;
    this.composed.delete(id);
    this.composedBytes -= bytesOf(known);
  }
}

// ---------------------------------------------------------------------------------------------------------------------

const NOTHING: ReadonlyMap<string, string> = new Map();
const NO_OWNER: Pick<Owner, 'expiry'> = { expiry: null };
const SHAPES: readonly CollectionShape[] = ['field', 'member', 'score'];
const PARTS_PER_SCAN = 1024;
const KEPT_MAX = 256;
const KEPT_BYTES_MAX = 8 << 20;

interface Composed {
  /** See {@link Collections.changesOf}. */
  readonly changes: number;
  readonly entry: Entry;
  readonly collection: Collection;
}

/** A large one has no dump as yet. */
function bytesOf({ entry }: Composed): number {
  return entry instanceof LargeEntry ? 0 : entry.value!.length;
}

function readOnly(store: Store): CollectionReplica {
  const refuse = (): never => {
    throw new InvariantError('a write by whom may only read');
  };
  return { store, origin: '', write: refuse, writeAt: refuse, upcoming: refuse };
}
