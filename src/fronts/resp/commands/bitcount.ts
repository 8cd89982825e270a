import { integerOf, syntaxError } from './arguments.js';
import { countBits } from './bit-count.js';
import { bitsWithin, isInBits } from './bit-range.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { isBackwards } from './range.js';
import { valueAt } from './value-change.js';

export const bitcountCommand: CommandDefinition = {
  name: 'bitcount',
  arity: -2,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const value = valueAt(context, args[1]!);
    if (value === undefined) return 0;
    if (args.length === 2) return countBits(value, { first: 0, last: value.length * 8 - 1 });
    if (args.length === 3 || args.length > 5) throw syntaxError();
    const [start, end] = [Number(integerOf(args[2]!)), Number(integerOf(args[3]!))];
    // Redis answers an empty range before it looks at the unit.
    if (isBackwards(start, end)) return 0;
    return countBits(value, bitsWithin(value.length, start, end, isInBits(args[4])));
  },
};
