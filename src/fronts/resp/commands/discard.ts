import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { CommandDefinition } from './definition.js';

export const discardCommand: CommandDefinition = {
  name: 'discard',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  immediate: true,
  handle({ session }) {
    if (session.transaction === null) throw new RespError('ERR DISCARD without MULTI');
    session.transaction = null;
    session.watched.clear();
    return OK;
  },
};
