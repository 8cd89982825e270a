import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { scanParts } from '../part-scan.js';

export const sscanCommand: CommandDefinition = {
  name: 'sscan',
  arity: -3,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => scanParts(context, args, 'set', ({ name }) => [name]),
};
