import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { countExisting } from './key-counting.js';

export const touchCommand: CommandDefinition = {
  name: 'touch',
  arity: -2,
  flags: ['readonly', 'fast'],
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(countExisting),
};
