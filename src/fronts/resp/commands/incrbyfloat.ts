import { type CommandDefinition, ONE_KEY } from './definition.js';
import { floatOf, floatSum, NOT_A_FLOAT } from './float-sum.js';
import { replaceValue, valueAt } from './value-change.js';

export const incrbyfloatCommand: CommandDefinition = {
  name: 'incrbyfloat',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    // The value is looked at first, as in Redis.
    const old = valueAt(context, args[1]!);
    if (old !== undefined) floatOf(old, NOT_A_FLOAT);
    const text = floatSum(old, NOT_A_FLOAT, floatOf(args[2]!, NOT_A_FLOAT));
    replaceValue(context, args[1]!, text);
    return text;
  },
};
