import { isWord } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { acceptOnOff } from './on-off.js';

/** Where all clients together hold too much memory, others are cut off. */
export const clientNoEvictCommand: CommandDefinition = {
  name: 'client|no-evict',
  arity: 3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle(context, args) {
    const reply = acceptOnOff(context, args);
    context.session.isProtected = isWord(args[2], 'on');
    return reply;
  },
};
