import { checkChannel } from '../pubsub/channel-name.js';
import type { CommandDefinition } from './definition.js';

export const spublishCommand: CommandDefinition = {
  name: 'spublish',
  arity: 3,
  flags: ['pubsub', 'loading', 'stale', 'fast', 'may_replicate'],
  role: 'write',
  channels: { first: 1, last: 1, step: 1, arePatterns: false },
  handle({ host }, args) {
    checkChannel(args[1]!);
    return host.publish({ isSharded: true, channel: args[1]!, payload: args[2]! });
  },
};
