import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { deleteParts } from '../part-deletes.js';

export const sremCommand: CommandDefinition = {
  name: 'srem',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) => deleteParts(context, args, 'set')),
};
