import { type CommandDefinition, ONE_KEY } from './definition.js';

export const getCommand: CommandDefinition = {
  name: 'get',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  group: 'string',
  since: '1.0.0',
  summary: 'Get the value of a key',
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) => keyspace.get(session.database, args[1]!)?.value ?? null,
};
