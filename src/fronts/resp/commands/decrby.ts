import { INT64_MIN, narrow } from '../codec/integer.js';
import { RespError } from '../keyspace.js';
import { integerOf } from './arguments.js';
import { addTo } from './counter.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const decrbyCommand: CommandDefinition = {
  name: 'decrby',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const amount = integerOf(args[2]!);
    if (amount === INT64_MIN) throw new RespError('ERR decrement would overflow');
    return addTo(context, args[1]!, typeof amount === 'number' ? -amount : narrow(-amount));
  },
};
