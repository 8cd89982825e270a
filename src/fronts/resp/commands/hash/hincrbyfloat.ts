import { RespError } from '../../keyspace.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { floatOf, floatSum, NOT_A_FLOAT } from '../float-sum.js';

export const hincrbyfloatCommand: CommandDefinition = {
  name: 'hincrbyfloat',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session: { database } }, args) {
    const [key, field] = [args[1]!, args[2]!];
    const increment = floatOf(args[3]!, NOT_A_FLOAT);
    if (increment === 'infinite') throw new RespError('ERR value is NaN or Infinity');
    const value = keyspace.collection(database, key, 'hash')?.get(field);
    const text = floatSum(value, 'ERR hash value is not a float', increment);
    keyspace.putPart(database, key, 'hash', field, text);
    return text;
  },
};
