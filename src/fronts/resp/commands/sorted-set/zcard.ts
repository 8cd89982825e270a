import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { sortedSetAt } from './members.js';

export const zcardCommand: CommandDefinition = {
  name: 'zcard',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => sortedSetAt(context, args[1]!)?.size ?? 0,
};
