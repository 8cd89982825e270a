import { copyOf, wrongArguments } from './arguments.js';
import { type CommandDefinition, KEYS_AND_VALUES } from './definition.js';

export const msetnxCommand: CommandDefinition = {
  name: 'msetnx',
  arity: -3,
  flags: ['write', 'denyoom'],
  keys: KEYS_AND_VALUES,
  needsData: true,
  handle({ keyspace, session }, args) {
    if (args.length % 2 === 0) throw wrongArguments('msetnx');
    for (let i = 1; i < args.length; i += 2) if (keyspace.get(session.database, args[i]!) !== undefined) return 0;
    for (let i = 1; i < args.length; i += 2) keyspace.set(session.database, copyOf(args[i]!), copyOf(args[i + 1]!), 0);
    return 1;
  },
};
