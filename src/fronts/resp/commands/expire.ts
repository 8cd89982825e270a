import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const expireCommand: CommandDefinition = {
  name: 'expire',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => changeExpiry(context, args, { command: 'expire', unit: 'seconds', absolute: false }),
};
