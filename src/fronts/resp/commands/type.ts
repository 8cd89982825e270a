import { simple } from '../codec/reply.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const typeCommand: CommandDefinition = {
  name: 'type',
  arity: 2,
  flags: ['readonly', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session }, args) {
    const item = keyspace.get(session.database, args[1]!);
    return simple(item === undefined ? 'none' : (item.type ?? 'string'));
  },
};
