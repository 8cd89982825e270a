import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const pexpireCommand: CommandDefinition = {
  name: 'pexpire',
  arity: -3,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '2.6.0',
  summary: 'Set the expiry of a key, in milliseconds from now',
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => changeExpiry(context, args, { command: 'pexpire', unit: 'milliseconds', absolute: false }),
};
