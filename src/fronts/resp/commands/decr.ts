import { addTo } from './counter.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const decrCommand: CommandDefinition = {
  name: 'decr',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => addTo(context, args[1]!, -1),
};
