import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const unwatchCommand: CommandDefinition = {
  name: 'unwatch',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  categories: ['transaction'],
  group: 'transactions',
  since: '2.2.0',
  summary: 'Forget all watched keys',
  immediate: false,
  handle({ session }) {
    session.watched.clear();
    return OK;
  },
};
