import { RespError } from '../keyspace.js';
import { integerOf } from './arguments.js';
import { bitAt, bitPositionOf, setBitAt } from './bit-position.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { grownCopy, replaceValue, valueAt } from './value-change.js';

export const setbitCommand: CommandDefinition = {
  name: 'setbit',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const position = bitPositionOf(context, args[2]!);
    const bit = Number(integerOf(args[3]!, NOT_A_BIT));
    if (bit !== 0 && bit !== 1) throw new RespError(NOT_A_BIT);
    const old = valueAt(context, args[1]!);
    const value = grownCopy(old, Math.floor(position / 8) + 1);
    setBitAt(value, position, bit);
    replaceValue(context, args[1]!, value);
    return bitAt(old, position);
  },
};

// ---

const NOT_A_BIT = 'ERR bit is not an integer or out of range';
