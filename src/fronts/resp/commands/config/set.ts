import { OK } from '../../codec/reply.js';
import { textOf, wrongArguments } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { refused, setParameters } from './parameters.js';

export const configSetCommand: CommandDefinition = {
  name: 'config|set',
  arity: -4,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  isAct: true,
  handle(context, args) {
    if (args.length % 2 !== 0) throw wrongArguments('config|set');
    const values = new Map<string, string>();
    for (let i = 2; i < args.length; i += 2) {
      const name = textOf(args[i]!);
      if (values.has(name.toLowerCase())) throw refused(name, 'duplicate parameter');
      values.set(name.toLowerCase(), textOf(args[i + 1]!));
    }
    setParameters(context, values);
    return OK;
  },
};
