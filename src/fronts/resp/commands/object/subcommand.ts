import type { Reply } from '../../codec/reply.js';
import type { Collection } from '../../collection.js';
import type { Item } from '../../keyspace.js';
import { kindOf } from '../collection-kind.js';
import type { CommandDefinition } from '../definition.js';
import { collectionAt } from '../part-deletes.js';

/** A subcommand of OBJECT: it tells something of the value at a key, or nothing where there is none. `parts`: of a value that has some. */
export function objectSubcommand(
  name: string,
  tell: (item: Item, parts: () => Collection) => Reply,
): CommandDefinition {
  return {
    name: `object|${name}`,
    arity: 3,
    flags: ['readonly'],
    keys: { first: 2, last: 2, step: 1 },
    needsData: true,
    handle({ keyspace, session }, args) {
      const { database } = session;
      const item = keyspace.get(database, args[2]!);
      return item === undefined ? null : tell(item, () => collectionAt(keyspace, database, args[2]!, kindOf(item)!)!);
    },
  };
}
