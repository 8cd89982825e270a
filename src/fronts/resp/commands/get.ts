import { type CommandDefinition, ONE_KEY } from './definition.js';

export const getCommand: CommandDefinition = {
  name: 'get',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) => keyspace.get(session.database, args[1]!)?.value ?? null,
};
