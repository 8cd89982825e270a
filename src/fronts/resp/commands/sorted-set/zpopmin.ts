import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { popMembers } from './popping.js';

export const zpopminCommand: CommandDefinition = {
  name: 'zpopmin',
  arity: -2,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => popMembers(context, args, 'least'),
};
