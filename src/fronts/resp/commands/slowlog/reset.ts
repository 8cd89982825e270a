import { OK } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

export const slowlogResetCommand: CommandDefinition = {
  name: 'slowlog|reset',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  handle({ host }) {
    host.activity.slowlog.clear();
    return OK;
  },
};
