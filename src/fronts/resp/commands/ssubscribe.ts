import { ALL_KEYS, type CommandDefinition } from './definition.js';
import { subscribing } from './subscribing.js';

export const ssubscribeCommand: CommandDefinition = {
  name: 'ssubscribe',
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  channels: { first: 1, last: -1, step: 1, arePatterns: false },
  keys: ALL_KEYS,
  handle: subscribing('ssubscribe', 'shards'),
};
