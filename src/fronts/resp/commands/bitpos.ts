import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { integerOf, syntaxError } from './arguments.js';
import { bitAt } from './bit-position.js';
import { bitsWithin, isInBits } from './bit-range.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import type { PositionRange } from './range.js';
import { valueAt } from './value-change.js';

export const bitposCommand: CommandDefinition = {
  name: 'bitpos',
  arity: -3,
  flags: ['readonly'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const bit = Number(integerOf(args[2]!));
    if (bit !== 0 && bit !== 1) throw new RespError('ERR The bit argument must be 1 or 0.');
    const value = valueAt(context, args[1]!);
    // A key that is not there is an endless row of zeros.
    if (value === undefined) return bit === 0 ? 0 : -1;
    if (args.length > 6) throw syntaxError();
    const range = rangeOf(args, value.length);
    if (range.first > range.last) return -1;
    const position = findBit(value, bit, range);
    // Zeros follow after the value's end, unless the end of the range was given.
    return position === -1 && bit === 0 && args.length < 5 ? value.length * 8 : position;
  },
};

// ---

/** Here Redis looks at the unit before the end, and a range that is written backwards may have a bit once its ends are cut off. */
function rangeOf(args: readonly Bytes[], bytes: number): PositionRange {
  if (args.length === 3) return { first: 0, last: bytes * 8 - 1 };
  const start = Number(integerOf(args[3]!));
  const isBits = isInBits(args[5]);
  return bitsWithin(bytes, start, args.length === 4 ? -1 : Number(integerOf(args[4]!)), isBits);
}

function findBit(value: Bytes, bit: 0 | 1, { first, last }: PositionRange): number {
  const skipped = bit === 0 ? 0xff : 0;
  for (let at = first; at <= last; ) {
    if (at % 8 === 0 && value[at / 8] === skipped) at += 8;
    else if (bitAt(value, at) === bit) return at;
    else at++;
  }
  return -1;
}
