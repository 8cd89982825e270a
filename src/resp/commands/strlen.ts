import { type CommandDefinition, ONE_KEY } from './definition.js';

export const strlenCommand: CommandDefinition = {
  name: 'strlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['string'],
  group: 'string',
  since: '2.2.0',
  summary: 'Get the length of the value of a key',
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) => keyspace.get(session.database, args[1]!)?.value.length ?? 0,
};
