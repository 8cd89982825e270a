import { type CommandDefinition, ONE_KEY } from './definition.js';
import { setWithExpiry } from './set-with-expiry.js';

export const psetexCommand: CommandDefinition = {
  name: 'psetex',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => setWithExpiry(context, args, 'milliseconds', 'psetex'),
};
