import { type CommandDefinition, ONE_KEY } from '../definition.js';

export const hstrlenCommand: CommandDefinition = {
  name: 'hstrlen',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: ({ keyspace, session }, args) =>
    keyspace.collection(session.database, args[1]!, 'hash')?.get(args[2]!)?.length ?? 0,
};
