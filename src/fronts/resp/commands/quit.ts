import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const quitCommand: CommandDefinition = {
  name: 'quit',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  immediate: true,
  handle({ session }) {
    session.ending = true;
    return OK;
  },
};
