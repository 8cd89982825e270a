import { ALL_KEYS, type CommandDefinition } from './definition.js';
import { unsubscribing } from './subscribing.js';

export const sunsubscribeCommand: CommandDefinition = {
  name: 'sunsubscribe',
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  keys: ALL_KEYS,
  handle: unsubscribing('sunsubscribe', 'shards'),
};
