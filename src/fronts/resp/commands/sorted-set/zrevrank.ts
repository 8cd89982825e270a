import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { sortedSetAt } from './members.js';

export const zrevrankCommand: CommandDefinition = {
  name: 'zrevrank',
  arity: 3,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const collection = sortedSetAt(context, args[1]!);
    const rank = collection?.rankOf(args[2]!);
    return rank === undefined ? null : collection!.size - 1 - rank;
  },
};
