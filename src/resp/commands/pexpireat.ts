import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const pexpireatCommand: CommandDefinition = {
  name: 'pexpireat',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '2.6.0',
  summary: 'Set the expiry of a key, as a Unix time in milliseconds',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    changeExpiry(context, args, { command: 'pexpireat', unit: 'milliseconds', absolute: true }),
};
