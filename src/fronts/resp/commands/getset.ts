import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const getsetCommand: CommandDefinition = {
  name: 'getset',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    // Read first: a value of another type is refused, not replaced.
    const old = keyspace.get(session.database, args[1]!)?.value ?? null;
    keyspace.set(session.database, copyOf(args[1]!), copyOf(args[2]!), 0);
    return old;
  },
};
