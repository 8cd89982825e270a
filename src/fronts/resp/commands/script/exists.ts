import type { CommandDefinition } from '../definition.js';

export const scriptExistsCommand: CommandDefinition = {
  name: 'script|exists',
  arity: -3,
  flags: ['noscript'],
  handle: (_context, args) => args.slice(2).map(() => 0),
};
