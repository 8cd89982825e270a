import type { CommandDefinition } from './definition.js';
import { checkFlushMode, flushDatabases } from './flush.js';

export const flushdbCommand: CommandDefinition = {
  name: 'flushdb',
  arity: -1,
  flags: ['write'],
  isAct: true,
  needsData: true,
  handle(context, args) {
    checkFlushMode(args);
    return flushDatabases(context, [context.session.database]);
  },
};
