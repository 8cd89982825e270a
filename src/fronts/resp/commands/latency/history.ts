import type { CommandDefinition } from '../definition.js';

export const latencyHistoryCommand: CommandDefinition = {
  name: 'latency|history',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: () => [],
};
