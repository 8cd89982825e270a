import { OK } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

export const configResetstatCommand: CommandDefinition = {
  name: 'config|resetstat',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ host: { counters, activity } }) {
    counters.connections = 0;
    counters.commands = 0;
    counters.rejected = 0;
    activity.stats.reset();
    return OK;
  },
};
