import { simple } from '../codec/reply.js';
import { isConfined } from '../session.js';
import { wrongArguments } from './arguments.js';
import type { CommandDefinition } from './definition.js';

export const pingCommand: CommandDefinition = {
  name: 'ping',
  arity: -1,
  flags: ['fast'],
  handle({ session }, args) {
    if (args.length > 2) throw wrongArguments('ping');
    return isConfined(session) ? ['pong', args[1] ?? ''] : (args[1] ?? PONG);
  },
};

// ---

const PONG = simple('PONG');
