import { type CommandDefinition, ONE_KEY } from './definition.js';

export const strlenCommand: CommandDefinition = {
  name: 'strlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) => keyspace.get(session.database, args[1]!)?.value.length ?? 0,
};
