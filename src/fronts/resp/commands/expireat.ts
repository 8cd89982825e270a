import { type CommandDefinition, ONE_KEY } from './definition.js';
import { changeExpiry } from './expiry-change.js';

export const expireatCommand: CommandDefinition = {
  name: 'expireat',
  arity: -3,
  flags: ['write', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle: (context, args) => changeExpiry(context, args, { command: 'expireat', unit: 'seconds', absolute: true }),
};
