import { type CommandDefinition, ONE_KEY } from '../definition.js';
import { combined } from './combined.js';
import { keysStored } from './numbered-keys.js';

export const zunionstoreCommand: CommandDefinition = {
  name: 'zunionstore',
  arity: -4,
  flags: ['write', 'denyoom', 'movablekeys'],
  keys: ONE_KEY,
  keyUses: keysStored,
  needsData: true,
  handle: combined({ name: 'zunionstore', operation: 'union', use: 'store' }),
};
