import { type CommandDefinition, ONE_KEY } from './definition.js';
import { readExpiry } from './expiry-reading.js';

export const ttlCommand: CommandDefinition = {
  name: 'ttl',
  arity: 2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '1.0.0',
  summary: 'Get the time to live of a key in seconds',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => readExpiry(context, args[1]!, 'seconds', false),
};
