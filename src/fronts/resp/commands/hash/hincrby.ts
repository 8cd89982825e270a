import { bytesOf, integerOf } from '../arguments.js';
import { sumOf } from '../counter.js';
import { type CommandDefinition, ONE_KEY } from '../definition.js';

export const hincrbyCommand: CommandDefinition = {
  name: 'hincrby',
  arity: 4,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session: { database } }, args) {
    const [key, field] = [args[1]!, args[2]!];
    const amount = integerOf(args[3]!);
    const value = keyspace.collection(database, key, 'hash')?.get(field);
    const sum = sumOf(value === undefined ? 0 : integerOf(value, 'ERR hash value is not an integer'), amount);
    keyspace.putPart(database, key, 'hash', field, bytesOf(String(sum)));
    return sum;
  },
};
