import type { CommandDefinition } from './definition.js';
import { unsubscribing } from './subscribing.js';

export const sunsubscribeCommand: CommandDefinition = {
  name: 'sunsubscribe',
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  handle: unsubscribing('sunsubscribe', 'shards'),
};
