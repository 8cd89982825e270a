import { type CommandDefinition, ONE_KEY } from './definition.js';
import { setWithExpiry } from './set-with-expiry.js';

export const setexCommand: CommandDefinition = {
  name: 'setex',
  arity: 4,
  flags: ['write', 'denyoom'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => setWithExpiry(context, args, 'seconds', 'setex'),
};
