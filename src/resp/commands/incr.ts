import { addTo } from './counter.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const incrCommand: CommandDefinition = {
  name: 'incr',
  arity: 2,
  flags: ['write', 'denyoom', 'fast'],
  categories: ['string'],
  group: 'string',
  since: '1.0.0',
  summary: 'Increment the integer value of a key by one',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => addTo(context, args[1]!, 1),
};
