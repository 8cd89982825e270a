import type { CommandDefinition } from './definition.js';
import { renameKey } from './renaming.js';

export const renamenxCommand: CommandDefinition = {
  name: 'renamenx',
  arity: 3,
  flags: ['write', 'fast'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle: (context, args) => (renameKey(context, args, 'if-missing') ? 1 : 0),
};
