import { syntaxError } from './arguments.js';
import { countBits } from './bit-count.js';
import { bitsWithin } from './bit-range.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
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
    return countBits(value, bitsWithin(value.length, args[2]!, args[3], args[4]));
  },
};
