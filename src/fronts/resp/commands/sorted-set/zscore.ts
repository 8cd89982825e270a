import { scoreOf } from '../../collection.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { sortedSetAt } from './members.js';

export const zscoreCommand: CommandDefinition = {
  name: 'zscore',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const value = sortedSetAt(context, args[1]!)?.get(args[2]!);
    return value === undefined ? null : { kind: 'double', value: scoreOf(value) };
  },
};
