import { ALL_KEYS, type CommandDefinition } from '../definition.js';
import { storeCombined } from './combined-store.js';

export const sdiffstoreCommand: CommandDefinition = {
  name: 'sdiffstore',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: ALL_KEYS,
  needsData: true,
  handle: (context, args) => storeCombined(context, 'difference', args),
};
