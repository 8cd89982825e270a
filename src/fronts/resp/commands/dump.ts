import { type CommandDefinition, ONE_KEY } from './definition.js';
import { dumpOf } from './string-dump.js';

export const dumpCommand: CommandDefinition = {
  name: 'dump',
  arity: 2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    const item = keyspace.get(session.database, args[1]!);
    if (item === undefined) return null;
    return item.dump ?? dumpOf(item.value);
  },
};
