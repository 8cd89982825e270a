import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const pexpireCommand: CommandDefinition = {
  name: 'pexpire',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => changeExpiry(context, args, { command: 'pexpire', unit: 'milliseconds', absolute: false }),
};
