import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const getdelCommand: CommandDefinition = {
  name: 'getdel',
  arity: 2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    const item = keyspace.get(session.database, args[1]!);
    // Read first: a value of another type is refused, not deleted.
    const value = item?.value ?? null;
    keyspace.delete(session.database, copyOf(args[1]!));
    return value;
  },
};
