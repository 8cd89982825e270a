import type { CollectionKind } from '../collection.js';
import type { Item } from '../keyspace.js';

/** The kind of a collection that is kept part by part; undefined: a string, or a value of a Redis, which is one dump. */
export function kindOf({ type, dump }: Item): CollectionKind | undefined {
  if (dump !== undefined) return undefined;
  return type === 'hash' || type === 'set' || type === 'zset' ? type : undefined;
}
