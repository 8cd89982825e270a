import type { Bytes } from '../../core/model/bytes.js';
import { type Entry, isLive, type ValueType } from '../../core/model/entry.js';
import type { Hlc } from '../../core/model/hlc.js';
import type { Origin } from '../../core/model/version.js';
import { type Collection, dumpOf, TYPE_OF_SHAPE } from './collection-dump.js';
import { ElementMap } from './element-map.js';
import type { ReadValue } from './state.js';

/** A collection whose elements are in an {@link ElementMap}. */
export interface LargeCollection extends Collection {
  readonly elements: ElementMap;
}

export function isLarge(collection: Collection | null | undefined): collection is LargeCollection {
  return collection?.elements instanceof ElementMap;
}

/** A large collection that the node keeps as parts, as an entry. Its dump is made for those alone who need one. */
export class LargeEntry implements Entry {
  readonly seq = 0;
  readonly type: ValueType;
  private dump: Buffer | null = null;

  constructor(
    readonly key: Bytes,
    readonly collection: LargeCollection,
    readonly hlc: Hlc,
    readonly origin: Origin,
    readonly expiryMs: number,
  ) {
    this.type = TYPE_OF_SHAPE[collection.shape];
  }

  get value(): Buffer {
    this.dump ??= dumpOf(this.collection);
    return this.dump;
  }
}

/** A large collection as it was read, element by element. Its dump is made for those alone who need one. */
export class LargeRead implements ReadValue {
  readonly type: ValueType;
  private dump: Buffer | null = null;

  constructor(
    readonly collection: LargeCollection,
    readonly expiryMs: number,
  ) {
    this.type = TYPE_OF_SHAPE[collection.shape];
  }

  get value(): Buffer {
    this.dump ??= dumpOf(this.collection);
    return this.dump;
  }
}

/** As `isLive`, without a dump. */
export function isThere(entry: Entry | undefined, nowMs: number): entry is Entry & { value: Bytes } {
  if (!(entry instanceof LargeEntry)) return isLive(entry, nowMs);
  return entry.expiryMs === 0 || entry.expiryMs > nowMs;
}

/** About how many bytes its value takes. */
export function sizeOf(entry: Entry | ReadValue | undefined): number {
  if (!(entry instanceof LargeEntry || entry instanceof LargeRead)) return entry?.value?.length ?? 0;
  const { length, size } = entry.collection.elements.totals;
  return length + BYTES_EACH * size;
}

const BYTES_EACH = 4;
