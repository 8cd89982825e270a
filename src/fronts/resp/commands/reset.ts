import { simple } from '../codec/reply.js';
import { becomesAnonymous } from '../session.js';
import type { CommandDefinition } from './definition.js';

export const resetCommand: CommandDefinition = {
  name: 'reset',
  arity: 1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  immediate: true,
  handle({ session, host }) {
    becomesAnonymous(session, host.access.anonymous);
    host.activity.monitors.remove(session.id);
    host.subscriptions.leave(session);
    session.isMonitor = false;
    session.replies = 'on';
    session.transaction = null;
    session.watched.clear();
    session.database = 0;
    session.protocol = 2;
    session.name = '';
    session.isProtected = false;
    return simple('RESET');
  },
};
