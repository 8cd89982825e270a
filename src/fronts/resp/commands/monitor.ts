import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';

export const monitorCommand: CommandDefinition = {
  name: 'monitor',
  arity: 1,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  isAct: true,
  handle({ host, session }) {
    session.isMonitor = true;
    host.activity.monitors.add(session.id, (line) => session.connection.push(line));
    return OK;
  },
};
