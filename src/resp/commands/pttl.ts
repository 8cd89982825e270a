import { type CommandDefinition, ONE_KEY } from './definition.js';
import { readExpiry } from './expiry-reading.js';

export const pttlCommand: CommandDefinition = {
  name: 'pttl',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '2.6.0',
  summary: 'Get the time to live of a key in milliseconds',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => readExpiry(context, args[1]!, 'milliseconds', false),
};
