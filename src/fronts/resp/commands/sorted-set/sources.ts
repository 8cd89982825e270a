import type { Bytes } from '../../../../core/model/bytes.js';
import { type Collection, type Part, scoreOf } from '../../collection.js';
import type { Context } from '../../session.js';

/** The sorted set or the set at a key, of which ZUNION and its like make something; undefined: there is neither. Throws WRONGTYPE. */
export function sourceAt({ keyspace, session }: Context, key: Bytes): Collection | undefined {
  const { database } = session;
  const item = keyspace.get(database, key);
  if (item === undefined) return undefined;
  return item.type === 'set' ? keyspace.collection(database, key, 'set') : keyspace.collection(database, key, 'zset');
}

/** The score that a member has in one: in a set, which has none, it is 1. */
export function scoreIn({ kind }: Collection, value: Bytes): number {
  return kind === 'zset' ? scoreOf(value) : 1;
}

/**
 * Goes over the parts of one in batches, as steps; where there is none, over none. Other nodes' writes come in between two batches of a
 * large one: a part that is there throughout is met, and once. `take` returns whether it wants more.
 */
export function* walkingSource(
  context: Context,
  key: Bytes,
  take: (parts: readonly Part[], source: Collection) => boolean,
): Generator<undefined, void> {
  const source = sourceAt(context, key);
  if (source === undefined) return;
  if (source.size <= BATCH) {
    take(
      Array.from({ length: source.size }, (_, place) => source.at(place)),
      source,
    );
    return;
  }
  for (let cursor = 0; ; yield) {
    const now = sourceAt(context, key);
    if (now === undefined) return;
    const { parts, next } = now.scan(cursor, BATCH);
    if (!take(parts, now) || next === 0) return;
    cursor = next;
  }
}

// ---

const BATCH = 128;
