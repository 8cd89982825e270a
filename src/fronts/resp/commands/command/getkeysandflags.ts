import { type Reply, simple } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';
import { keysOfRequest } from './keys.js';

export const commandGetkeysandflagsCommand: CommandDefinition = {
  name: 'command|getkeysandflags',
  arity: -4,
  flags: ['loading', 'stale'],
  async handle({ host }, args) {
    const uses = await keysOfRequest(host.commands, args.slice(2));
    return uses.map(({ key, flags }): Reply => [key, { kind: 'set', items: flags.map(simple) }]);
  },
};
