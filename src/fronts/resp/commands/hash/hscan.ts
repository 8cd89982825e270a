import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { scanParts } from '../part-scan.js';

export const hscanCommand: CommandDefinition = {
  name: 'hscan',
  arity: -3,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => scanParts(context, args, 'hash', ({ name, value }) => [name, value]),
};
