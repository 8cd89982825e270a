import type { CommandDefinition } from './definition.js';
import { subscribing } from './subscribing.js';

export const subscribeCommand: CommandDefinition = {
  name: 'subscribe',
  arity: -2,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  channels: { first: 1, last: -1, step: 1, arePatterns: false },
  handle: subscribing('subscribe', 'channels'),
};
