import { type CommandDefinition, ONE_KEY } from './definition.js';
import { readExpiry } from './expiry-reading.js';

export const pexpiretimeCommand: CommandDefinition = {
  name: 'pexpiretime',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => readExpiry(context, args[1]!, 'milliseconds', true),
};
