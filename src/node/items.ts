import type { Bytes } from '../core/model/bytes.js';
import { type Entry, type TypeName, typeName } from '../core/model/entry.js';
import { versionName } from '../core/model/version.js';
import type { NodeCore } from '../core/node.js';
import type { PartsView } from '../core/replication/collection-view.js';
import type { CollectionShape, Collections } from '../core/replication/collections.js';
import type { CollectionKind } from '../fronts/resp/collection.js';
import { type Item, RespError } from '../fronts/resp/keyspace.js';

export const WRONG_TYPE = 'WRONGTYPE Operation against a key holding the wrong kind of value';

export type LiveEntry = Entry & { value: Bytes };

export const SHAPES: Readonly<Record<CollectionKind, CollectionShape>> = {
  hash: 'field',
  set: 'member',
  zset: 'score',
};

/** A string, or a value of another type that came whole. */
export class EntryItem implements Item {
  constructor(
    readonly entry: LiveEntry,
    private readonly collections: Pick<Collections, 'changesOf' | 'shapeOf'>,
  ) {}

  get value(): Bytes {
    if (this.entry.type !== undefined) throw new RespError(WRONG_TYPE);
    return this.entry.value;
  }

  get type(): TypeName {
    return typeName(this.entry.type);
  }

  get dump(): Bytes | undefined {
    return this.entry.type === undefined ? undefined : this.entry.value;
  }

  get expiryMs(): number {
    return this.entry.expiryMs;
  }

  /** The version of a number that is counted is that of its latest count: that its expiry was changed is told by its parts, or by the expiry itself. */
  get version(): string {
    const { entry, collections } = this;
    const isOnlyCounted = collections.shapeOf(entry.key) === 'count';
    return `${versionName(entry)}/${isOnlyCounted ? collections.changesOf(entry.key) : entry.expiryMs}`;
  }
}

/** A hash, a set or a sorted set. */
export class CollectionItem implements Item {
  constructor(
    readonly shape: CollectionShape,
    readonly view: PartsView,
    readonly expiryMs: number,
    readonly version: string,
  ) {}

  get value(): Bytes {
    throw new RespError(WRONG_TYPE);
  }

  get type(): CollectionKind {
    return this.view.kind;
  }
}

/** The item as it is, whatever is written from now on. */
export function keptItem<I extends Item>(item: I): I {
  return item instanceof CollectionItem
    ? (new CollectionItem(item.shape, item.view.kept(), item.expiryMs, item.version) as Item as I)
    : item;
}

/** What a reader finds at a full key. */
export function itemAt({ core }: { readonly core: NodeCore }, key: Bytes): EntryItem | CollectionItem | undefined {
  const entry = core.get(key);
  if (entry !== undefined) return new EntryItem(entry, core.collections);
  const { collections } = core;
  const shape = collections.shapeOf(key);
  if (shape === undefined || shape === 'count' || shape === 'value') return undefined;
  const version = `${shape}/${collections.changesOf(key)}`;
  return new CollectionItem(shape, collections.view(key, shape), collections.expiryOf(key), version);
}
