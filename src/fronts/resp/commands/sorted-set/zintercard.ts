import type { CommandDefinition } from '../definition.js';
import { combined } from './combined.js';
import { keysRead } from './numbered-keys.js';

export const zintercardCommand: CommandDefinition = {
  name: 'zintercard',
  arity: -3,
  flags: ['readonly', 'movablekeys'],
  keyUses: keysRead,
  needsData: true,
  handle: combined({ name: 'zintercard', operation: 'intersection', use: 'count' }),
};
