import { ALL_KEYS, type CommandDefinition } from '../definition.js';
import { storeCombined } from './combined-store.js';

export const sinterstoreCommand: CommandDefinition = {
  name: 'sinterstore',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: ALL_KEYS,
  needsData: true,
  handle: (context, args) => storeCombined(context, 'intersection', args),
};
