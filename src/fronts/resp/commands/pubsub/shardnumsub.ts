import type { CommandDefinition } from '../definition.js';

export const pubsubShardnumsubCommand: CommandDefinition = {
  name: 'pubsub|shardnumsub',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  channels: { first: 2, last: -1, step: 1, arePatterns: false },
  handle: ({ host }, args) =>
    args.slice(2).flatMap((channel) => [channel, host.subscriptions.listeners('shards', channel)]),
};
