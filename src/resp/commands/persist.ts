import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const persistCommand: CommandDefinition = {
  name: 'persist',
  arity: 2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    const item = keyspace.get(session.database, args[1]!);
    if (item === undefined || item.expiryMs === 0) return 0;
    keyspace.set(session.database, copyOf(args[1]!), item.value, 0);
    return 1;
  },
};
