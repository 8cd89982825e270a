import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import { DATABASES } from '../session.js';
import { integerOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

export const selectCommand: CommandDefinition = {
  name: 'select',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  handle({ session }, args) {
    const database = Number(integerOf(args[1]!));
    if (database < 0 || database >= DATABASES) throw new RespError('ERR DB index is out of range');
    session.database = database;
    return OK;
  },
};
