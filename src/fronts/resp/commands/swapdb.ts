import { OK } from '../codec/reply.js';
import { databaseNumberOf } from './database-number.js';
import type { CommandDefinition } from './definition.js';

export const swapdbCommand: CommandDefinition = {
  name: 'swapdb',
  arity: 3,
  flags: ['write', 'fast'],
  isAct: true,
  needsData: true,
  handle({ keyspace }, args) {
    const one = databaseNumberOf(args[1]!, 'ERR invalid first DB index');
    const other = databaseNumberOf(args[2]!, 'ERR invalid second DB index');
    if (one !== other) keyspace.swap(one, other);
    return OK;
  },
};
