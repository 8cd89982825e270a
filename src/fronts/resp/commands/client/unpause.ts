import { OK } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';

export const clientUnpauseCommand: CommandDefinition = {
  name: 'client|unpause',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ host }) {
    host.activity.pause.end();
    return OK;
  },
};
