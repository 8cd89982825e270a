import { RespError } from '../keyspace.js';
import { copyOf } from './arguments.js';
import { SAME_OBJECT } from './copy.js';
import { databaseNumberOf } from './database-number.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const moveCommand: CommandDefinition = {
  name: 'move',
  arity: 3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    const database = databaseNumberOf(args[2]!);
    if (database === session.database) throw new RespError(SAME_OBJECT);
    const key = copyOf(args[1]!);
    const item = keyspace.get(session.database, key);
    if (item === undefined || keyspace.get(database, key) !== undefined) return 0;
    keyspace.setItem(database, key, item);
    keyspace.delete(session.database, key);
    return 1;
  },
};
