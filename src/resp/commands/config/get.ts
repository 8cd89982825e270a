import { mapReply } from '../../codec/reply.js';
import { textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { globMatches } from '../glob.js';
import { portParameters } from './port-parameters.js';

export const configGetCommand: CommandDefinition = {
  name: 'config|get',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ keyspace, host }, args) {
    const patterns = args.slice(2).map((pattern) => Buffer.from(textOf(pattern).toLowerCase()));
    const found = Object.entries({ ...keyspace.parameters(), ...portParameters(host) }).filter(([name]) =>
      patterns.some((pattern) => globMatches(pattern, Buffer.from(name))),
    );
    return mapReply(found);
  },
};
