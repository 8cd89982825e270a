import { simple } from '../codec/reply.js';
import { wrongArguments } from './arguments.js';
import type { CommandDefinition } from './definition.js';

export const pingCommand: CommandDefinition = {
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  handle(_context, args) {
    if (args.length > 2) throw wrongArguments('ping');
    return args[1] ?? PONG;
  },
};

// ---

const PONG = simple('PONG');
