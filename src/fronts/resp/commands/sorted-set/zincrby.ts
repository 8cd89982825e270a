import { type CommandDefinition, ONE_KEY, overMany } from '../definition.js';
import { addMembers } from './adding.js';

export const zincrbyCommand: CommandDefinition = {
  name: 'zincrby',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  ...overMany((context, args) => addMembers(context, args, true)),
};
