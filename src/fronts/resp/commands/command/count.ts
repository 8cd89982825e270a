import type { CommandDefinition } from '../definition.js';

export const commandCountCommand: CommandDefinition = {
  name: 'command|count',
  arity: 2,
  flags: ['loading', 'stale'],
  handle: ({ host }) => host.commands.all.length,
};
