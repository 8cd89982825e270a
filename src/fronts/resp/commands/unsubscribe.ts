import type { CommandDefinition } from './definition.js';
import { unsubscribing } from './subscribing.js';

export const unsubscribeCommand: CommandDefinition = {
  name: 'unsubscribe',
  arity: -1,
  flags: ['pubsub', 'noscript', 'loading', 'stale'],
  handle: unsubscribing('unsubscribe', 'channels'),
};
