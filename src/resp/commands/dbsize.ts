import type { CommandDefinition } from './definition.js';
import { countKeys } from './key-counts.js';

export const dbsizeCommand: CommandDefinition = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  needsData: true,
  handle(context) {
    const { database } = context.session;
    const counts = countKeys(context);
    return Array.isArray(counts) ? counts[database]!.keys : counts.then((late) => late[database]!.keys);
  },
};
