import { checkChannel } from '../pubsub/channel-name.js';
import type { CommandDefinition } from './definition.js';

export const publishCommand: CommandDefinition = {
  name: 'publish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  role: 'write',
  channels: { first: 1, last: 1, step: 1, arePatterns: false },
  handle({ host }, args) {
    checkChannel(args[1]!);
    return host.publish({ isSharded: false, channel: args[1]!, payload: args[2]! });
  },
};
