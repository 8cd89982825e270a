import { ownsKey } from '../access/identity.js';
import type { Context } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { countingKeys } from './key-counts.js';
import { inSlices, type Steps } from './slices.js';

export const dbsizeCommand: CommandDefinition = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  needsData: true,
  keepsToPrefix: true,
  handle(context) {
    const { database, identity } = context.session;
    const isConfined = identity !== null && identity.prefix !== null;
    return inSlices(isConfined ? countingOwn(context) : countingKeys(context, (counts) => counts[database]!.keys));
  },
};

// ---

/** Those that begin with the client's prefix, one by one. */
function* countingOwn({ keyspace, session }: Context): Steps {
  const { database, identity } = session;
  let count = 0;
  for (let bucket = 0; bucket < keyspace.buckets; bucket++) {
    if (identity !== null) for (const key of keyspace.keysOf(database, bucket)) if (ownsKey(identity, key)) count++;
    yield;
  }
  return count;
}
