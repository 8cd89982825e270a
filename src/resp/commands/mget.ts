import { ALL_KEYS, type CommandDefinition } from './definition.js';

export const mgetCommand: CommandDefinition = {
  name: 'mget',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: ALL_KEYS,
  needsData: true,
  handle: ({ keyspace, session }, args) =>
    args.slice(1).map((key) => {
      const item = keyspace.get(session.database, key);
      // As in Redis, a value of another type is no error here, but no string either.
      return item === undefined || (item.type ?? 'string') !== 'string' ? null : item.value;
    }),
};
