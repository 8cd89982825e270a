import type { CommandDefinition } from '../definition.js';
import { listed } from './listed.js';

export const pubsubChannelsCommand: CommandDefinition = {
  name: 'pubsub|channels',
  arity: -2,
  flags: ['pubsub', 'loading', 'stale'],
  handle: listed('channels'),
};
