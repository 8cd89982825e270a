import type { CommandDefinition } from './definition.js';
import { countingKeys } from './key-counts.js';
import { inSlices } from './slices.js';

export const dbsizeCommand: CommandDefinition = {
  name: 'dbsize',
  arity: 1,
  flags: ['readonly', 'fast'],
  needsData: true,
  keepsToPrefix: true,
  handle(context) {
    const { database } = context.session;
    return inSlices(countingKeys(context, (counts) => counts[database]!.keys));
  },
};
