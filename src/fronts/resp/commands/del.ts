import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { deleteKeys } from './key-counting.js';

export const delCommand: CommandDefinition = {
  name: 'del',
  arity: -2,
  flags: ['write'],
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(deleteKeys),
};
