import type { CommandDefinition } from './definition.js';
import { checkFlushMode, flushDatabases } from './flush.js';

export const flushdbCommand: CommandDefinition = {
  name: 'flushdb',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  group: 'server',
  since: '1.0.0',
  summary: 'Delete all keys of the database',
  needsData: true,
  handle(context, args) {
    checkFlushMode(args);
    return flushDatabases(context, [context.session.database]);
  },
};
