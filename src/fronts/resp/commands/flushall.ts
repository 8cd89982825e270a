import { DATABASES } from '../session.js';
import type { CommandDefinition } from './definition.js';
import { checkFlushMode, flushDatabases } from './flush.js';

export const flushallCommand: CommandDefinition = {
  name: 'flushall',
  arity: -1,
  flags: ['write'],
  isAct: true,
  needsData: true,
  handle(context, args) {
    checkFlushMode(args);
    return flushDatabases(context, [...Array(DATABASES).keys()]);
  },
};
