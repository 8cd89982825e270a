import type { CommandDefinition } from '../definition.js';
import { keysOfRequest } from './keys.js';

export const commandGetkeysCommand: CommandDefinition = {
  name: 'command|getkeys',
  arity: -4,
  flags: ['loading', 'stale'],
  handle: async ({ host }, args) => (await keysOfRequest(host.commands, args.slice(2))).map(({ key }) => key),
};
