import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { deleteKeys } from './key-counting.js';

export const unlinkCommand: CommandDefinition = {
  name: 'unlink',
  arity: -2,
  flags: ['write', 'fast'],
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(deleteKeys),
};
