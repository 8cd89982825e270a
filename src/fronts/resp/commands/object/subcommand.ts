import type { Reply } from '../../codec/reply.js';
import type { Item } from '../../keyspace.js';
import type { CommandDefinition } from '../definition.js';

/** A subcommand of OBJECT: it tells something of the value at a key, or nothing where there is none. */
export function objectSubcommand(name: string, tell: (item: Item) => Reply): CommandDefinition {
  return {
    name: `object|${name}`,
    arity: 3,
    flags: ['readonly'],
    keys: { first: 2, last: 2, step: 1 },
    needsData: true,
    handle({ keyspace, session }, args) {
      const item = keyspace.get(session.database, args[2]!);
      return item === undefined ? null : tell(item);
    },
  };
}
