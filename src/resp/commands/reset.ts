import { simple } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const resetCommand: CommandDefinition = {
  name: 'reset',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  categories: ['connection'],
  group: 'connection',
  since: '6.2.0',
  summary: 'Bring the connection back to how it began',
  immediate: true,
  handle({ session }) {
    session.transaction = null;
    session.watched.clear();
    session.database = 0;
    session.protocol = 2;
    session.name = '';
    return simple('RESET');
  },
};
