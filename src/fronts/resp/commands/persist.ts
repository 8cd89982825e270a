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
    keyspace.touch(session.database, args[1]!, 0);
    return 1;
  },
};
