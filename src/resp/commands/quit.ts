import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const quitCommand: CommandDefinition = {
  name: 'quit',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Close the connection',
  immediate: true,
  handle({ session }) {
    session.ending = true;
    return OK;
  },
};
