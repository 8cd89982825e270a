import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { countExisting } from './key-counting.js';

export const touchCommand: CommandDefinition = {
  name: 'touch',
  arity: -2,
  flags: ['readonly', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '3.2.1',
  summary: 'Count how many of the keys exist; there is no access time to alter',
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(countExisting),
};
