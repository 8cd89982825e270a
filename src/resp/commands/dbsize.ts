import type { CommandDefinition } from './definition.js';

export const dbsizeCommand: CommandDefinition = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  group: 'server',
  since: '1.0.0',
  summary: 'Get the number of keys in the database',
  needsData: true,
  handle: ({ keyspace, session }) => keyspace.count(session.database),
};
