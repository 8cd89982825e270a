import type { CommandDefinition } from '../definition.js';
import { combined } from './combined.js';
import { keysRead } from './numbered-keys.js';

export const zdiffCommand: CommandDefinition = {
  name: 'zdiff',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keyUses: keysRead,
  needsData: true,
  handle: combined({ name: 'zdiff', operation: 'difference', use: 'tell' }),
};
