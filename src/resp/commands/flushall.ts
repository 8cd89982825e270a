import { DATABASES } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { checkFlushMode, flushDatabases } from './flush.js';

export const flushallCommand: CommandDefinition = {
  name: 'flushall',
  arity: -1,
  flags: ['write'],
  categories: ['keyspace', 'dangerous'],
  group: 'server',
  since: '1.0.0',
  summary: 'Delete all keys of all databases',
  needsData: true,
  handle(context, args) {
    checkFlushMode(args);
    return flushDatabases(context, [...Array(DATABASES).keys()]);
  },
};
