import type { CommandDefinition } from '../definition.js';

export const pubsubNumpatCommand: CommandDefinition = {
  name: 'pubsub|numpat',
  arity: 2,
  flags: ['pubsub', 'loading', 'stale'],
  handle: ({ host }) => host.subscriptions.size('patterns'),
};
