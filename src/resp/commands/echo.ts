import type { CommandDefinition } from './definition.js';

export const echoCommand: CommandDefinition = {
  name: 'echo',
  arity: 2,
  flags: ['loading', 'stale', 'fast'],
  categories: ['connection'],
  group: 'connection',
  since: '1.0.0',
  summary: 'Get the message back',
  handle: (_context, args) => args[1]!,
};
