import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const pexpireatCommand: CommandDefinition = {
  name: 'pexpireat',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) =>
    changeExpiry(context, args, { command: 'pexpireat', unit: 'milliseconds', absolute: true }),
};
