import { bitAt, bitPositionOf } from './bit-position.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { valueAt } from './value-change.js';

export const getbitCommand: CommandDefinition = {
  name: 'getbit',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const position = bitPositionOf(context, args[2]!);
    return bitAt(valueAt(context, args[1]!), position);
  },
};
