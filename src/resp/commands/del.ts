import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { deleteKeys } from './key-counting.js';

export const delCommand: CommandDefinition = {
  name: 'del',
  arity: -2,
  flags: ['write'],
  categories: ['keyspace'],
  group: 'generic',
  since: '1.0.0',
  summary: 'Delete keys',
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(deleteKeys),
};
