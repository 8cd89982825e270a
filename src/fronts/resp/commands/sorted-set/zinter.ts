import type { CommandDefinition } from '../definition.js';
import { combined } from './combined.js';
import { keysRead } from './numbered-keys.js';

export const zinterCommand: CommandDefinition = {
  name: 'zinter',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keyUses: keysRead,
  needsData: true,
  handle: combined({ name: 'zinter', operation: 'intersection', use: 'tell' }),
};
