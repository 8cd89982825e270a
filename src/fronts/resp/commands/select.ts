import { OK } from '../codec/reply.js';
import { databaseNumberOf } from './database-number.js';
import type { CommandDefinition } from './definition.js';

export const selectCommand: CommandDefinition = {
  name: 'select',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  handle({ session }, args) {
    session.database = databaseNumberOf(args[1]!);
    return OK;
  },
};
