import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { combined } from './combined.js';
import { keysStored } from './numbered-keys.js';

export const zdiffstoreCommand: CommandDefinition = {
  name: 'zdiffstore',
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: keysStored,
  needsData: true,
  handle: combined({ name: 'zdiffstore', operation: 'difference', use: 'store' }),
};
