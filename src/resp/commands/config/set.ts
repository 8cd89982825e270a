import { OK } from '../../codec/reply.js';
import { textOf, wrongArguments } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { takePortParameters } from './port-parameters.js';

export const configSetCommand: CommandDefinition = {
  name: 'config|set',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ keyspace, host }, args) {
    if (args.length % 2 !== 0) throw wrongArguments('config|set');
    const values = new Map<string, string>();
    for (let i = 2; i < args.length; i += 2) values.set(textOf(args[i]!).toLowerCase(), textOf(args[i + 1]!));
    const setOwn = takePortParameters(host, values);
    if (values.size > 0) keyspace.setParameters(values);
    setOwn();
    return OK;
  },
};
