import { integerOf } from './arguments.js';
import { addTo } from './counter.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const incrbyCommand: CommandDefinition = {
  name: 'incrby',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => addTo(context, args[1]!, integerOf(args[2]!)),
};
