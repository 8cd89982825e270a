import type { CommandDefinition } from '../definition.js';
import { combined } from './combined.js';
import { keysRead } from './numbered-keys.js';

export const zunionCommand: CommandDefinition = {
  name: 'zunion',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keyUses: keysRead,
  needsData: true,
  handle: combined({ name: 'zunion', operation: 'union', use: 'tell' }),
};
