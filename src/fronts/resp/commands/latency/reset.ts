import type { CommandDefinition } from '../definition.js';

/** The number of events that were reset. */
export const latencyResetCommand: CommandDefinition = {
  name: 'latency|reset',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: () => 0,
};
