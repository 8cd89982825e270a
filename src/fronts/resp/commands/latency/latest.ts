import type { CommandDefinition } from '../definition.js';

/** Nothing is measured, as in a Redis whose latency-monitor-threshold is 0. */
export const latencyLatestCommand: CommandDefinition = {
  name: 'latency|latest',
  arity: 2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle: () => [],
};
