import { OK } from '../codec/reply.js';
import type { CommandDefinition } from './definition.js';
import { renameKey } from './renaming.js';

export const renameCommand: CommandDefinition = {
  name: 'rename',
  arity: 3,
  flags: ['write'],
  keys: { first: 1, last: 2, step: 1 },
  needsData: true,
  handle(context, args) {
    renameKey(context, args, 'always');
    return OK;
  },
};
