import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { CommandDefinition } from './definition.js';

export const multiCommand: CommandDefinition = {
  name: 'multi',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'allow_busy'],
  immediate: true,
  handle({ session }) {
    if (session.transaction !== null) throw new RespError('ERR MULTI calls can not be nested');
    session.transaction = { queue: [], queuedBytes: 0, failed: false };
    return OK;
  },
};
