import type { CommandDefinition } from '../definition.js';

export const clientIdCommand: CommandDefinition = {
  name: 'client|id',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: ({ session }) => session.id,
};
