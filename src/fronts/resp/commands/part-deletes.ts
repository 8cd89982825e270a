import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Collection, CollectionKind } from '../collection.js';
import type { Keyspace } from '../keyspace.js';
import type { Context } from '../session.js';
import { overParts } from './over-parts.js';

/** HDEL, SREM and ZREM: takes the named parts out of a collection. Replies with how many were there. */
export function deleteParts(context: Context, args: ArgumentList, kind: CollectionKind): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const { database } = session;
  let deleted = 0;
  keyspace.admitWrites(0, true);
  return overParts(context, args, {
    from: 2,
    width: 1,
    changes: true,
    each: (index) => {
      const key = args.at(1);
      // Also where there is none here: what was evicted is deleted too. A key of another kind is refused.
      collectionAt(keyspace, database, key, kind);
      if (keyspace.deletePart(database, key, kind, args.at(index))) deleted++;
    },
    reply: () => deleted,
  });
}

/** The collection of a kind that is not known before. */
export function collectionAt(
  keyspace: Keyspace,
  database: number,
  key: Uint8Array,
  kind: CollectionKind,
): Collection | undefined {
  return kind === 'zset' ? keyspace.collection(database, key, kind) : keyspace.collection(database, key, kind);
}
