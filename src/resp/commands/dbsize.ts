import type { CommandDefinition } from './definition.js';

export const dbsizeCommand: CommandDefinition = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  needsData: true,
  handle: ({ keyspace, session }) => keyspace.count(session.database),
};
