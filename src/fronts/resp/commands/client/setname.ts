import { OK } from '../../codec/reply.js';
import type { CommandDefinition } from '../definition.js';
import { readClientName } from './name.js';

export const clientSetnameCommand: CommandDefinition = {
  name: 'client|setname',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  handle({ session }, args) {
    session.name = readClientName(args[2]!);
    return OK;
  },
};
