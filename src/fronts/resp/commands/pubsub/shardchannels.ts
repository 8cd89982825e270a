import type { CommandDefinition } from '../definition.js';
import { listed } from './listed.js';

export const pubsubShardchannelsCommand: CommandDefinition = {
  name: 'pubsub|shardchannels',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  handle: listed('shards'),
};
