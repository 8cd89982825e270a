import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const unwatchCommand: CommandDefinition = {
  name: 'unwatch',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  immediate: false,
  handle({ session }) {
    session.watched.clear();
    return OK;
  },
};
