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
    const [length, oldBit] = [Math.floor(position / 8) + 1, bitAt(old, position)];
    // What changes nothing is no write.
    if (old !== undefined && length <= old.length && bit === oldBit) return oldBit;
    const value = grownCopy(old, length);
    setBitAt(value, position, bit);
    replaceValue(context, args[1]!, value);
    return oldBit;
  },
};

// ---

const NOT_A_BIT = 'ERR bit is not an integer or out of range';
