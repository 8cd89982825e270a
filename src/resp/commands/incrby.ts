import { integerOf } from './arguments.js';
import { addTo } from './counter.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const incrbyCommand: CommandDefinition = {
  name: 'incrby',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  group: 'string',
  since: '1.0.0',
  summary: 'Increment the integer value of a key by an amount',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => addTo(context, args[1]!, integerOf(args[2]!)),
};
