import type { CommandDefinition } from './definition.js';

export const echoCommand: CommandDefinition = {
  name: 'echo',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  handle: (_context, args) => args[1]!,
};
