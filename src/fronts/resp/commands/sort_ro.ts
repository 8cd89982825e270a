import { type CommandDefinition, ONE_KEY } from './definition.js';
import { readSortOptions, refuseUnsortable } from './sorting.js';

export const sortRoCommand: CommandDefinition = {
  name: 'sort_ro',
  arity: -2,
  flags: ['readonly', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: (args) => [{ key: args[1]!, flags: ['RO', 'access'] }],
  needsData: true,
  handle(context, args) {
    readSortOptions(args, false);
    refuseUnsortable(context, args[1]!);
    return [];
  },
};
