import type { CommandDefinition } from '../definition.js';

export const clientGetnameCommand: CommandDefinition = {
  name: 'client|getname',
  arity: 2,
  flags: ['noscript', 'loading', 'stale'],
  handle: ({ session }) => (session.name === '' ? null : session.name),
};
