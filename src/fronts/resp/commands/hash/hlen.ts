import { type CommandDefinition, ONE_KEY } from '../definition.js';

export const hlenCommand: CommandDefinition = {
  name: 'hlen',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) => keyspace.collection(session.database, args[1]!, 'hash')?.size ?? 0,
};
