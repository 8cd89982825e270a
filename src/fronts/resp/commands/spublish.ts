import { checkChannel } from '../pubsub/channel-name.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const spublishCommand: CommandDefinition = {
  name: 'spublish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast'],
  role: 'write',
  keys: ONE_KEY,
  channels: { first: 1, last: 1, step: 1, arePatterns: false },
  handle({ host }, args) {
    checkChannel(args[1]!);
    return host.publish({ isSharded: true, channel: args[1]!, payload: args[2]! });
  },
};
