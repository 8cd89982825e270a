import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { readSortOptions } from './sort-options.js';
import { sortAt, sortableKind } from './sorting.js';

export const sortRoCommand: CommandDefinition = {
  name: 'sort_ro',
  arity: -2,
  flags: ['readonly', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: (args) => [{ key: args[1]!, flags: ['RO', 'access'] }],
  needsData: true,
  handle(context, args) {
    const options = readSortOptions(args, false, context.session.identity);
    return sortAt(context, args[1]!, sortableKind(context, args[1]!), options);
  },
};
