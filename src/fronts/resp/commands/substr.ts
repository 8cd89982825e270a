import { type CommandDefinition, ONE_KEY } from './definition.js';
import { getRange } from './getrange.js';

export const substrCommand: CommandDefinition = {
  name: 'substr',
  arity: 4,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: getRange,
};
