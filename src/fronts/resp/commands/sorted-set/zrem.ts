import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { deleteParts } from '../part-deletes.js';

export const zremCommand: CommandDefinition = {
  name: 'zrem',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) => deleteParts(context, args, 'zset')),
};
