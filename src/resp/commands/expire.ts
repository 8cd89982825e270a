import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const expireCommand: CommandDefinition = {
  name: 'expire',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '1.0.0',
  summary: 'Set the expiry of a key, in seconds from now',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => changeExpiry(context, args, { command: 'expire', unit: 'seconds', absolute: false }),
};
