import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { sortedSetAt } from './members.js';
import { readRange } from './ranges.js';

export const zlexcountCommand: CommandDefinition = {
  name: 'zlexcount',
  arity: 4,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const range = readRange('lex', args[2]!, args[3]!);
    const collection = sortedSetAt(context, args[1]!);
    return collection === undefined ? 0 : range(collection).count;
  },
};
