import { ALL_KEYS, type CommandDefinition, overMany } from './definition.js';
import { deleteKeys } from './key-counting.js';

export const unlinkCommand: CommandDefinition = {
  name: 'unlink',
  arity: -2,
  flags: ['write', 'fast'],
  categories: ['keyspace'],
  group: 'generic',
  since: '4.0.0',
  summary: 'Delete keys; the same as DEL, which does not block either',
  keys: ALL_KEYS,
  needsData: true,
  ...overMany(deleteKeys),
};
