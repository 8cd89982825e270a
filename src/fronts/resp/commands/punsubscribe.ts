import type { CommandDefinition } from './definition.js';
import { unsubscribing } from './subscribing.js';

export const punsubscribeCommand: CommandDefinition = {
  name: 'punsubscribe',
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  handle: unsubscribing('punsubscribe', 'patterns'),
};
