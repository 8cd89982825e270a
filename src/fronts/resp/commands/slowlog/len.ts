import type { CommandDefinition } from '../definition.js';

export const slowlogLenCommand: CommandDefinition = {
  name: 'slowlog|len',
  arity: 2,
  flags: ['admin', 'loading', 'stale'],
  handle: ({ host }) => host.activity.slowlog.latest.length,
};
