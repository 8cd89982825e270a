import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const setnxCommand: CommandDefinition = {
  name: 'setnx',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    if (keyspace.get(session.database, args[1]!) !== undefined) return 0;
    keyspace.set(session.database, copyOf(args[1]!), copyOf(args[2]!), 0);
    return 1;
  },
};
