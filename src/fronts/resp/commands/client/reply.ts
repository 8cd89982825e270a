import { OK } from '../../codec/reply.js';
import { isWord, syntaxError } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

/** ON is answered; OFF is not, nor is what follows; SKIP leaves out its own answer and that of the next command. */
export const clientReplyCommand: CommandDefinition = {
  name: 'client|reply',
  arity: 3,
  flags: ['noscript', 'loading', 'stale'],
  handle({ session }, args) {
    if (isWord(args[2], 'on')) session.replies = 'on';
    else if (isWord(args[2], 'off')) session.replies = 'off';
    else if (!isWord(args[2], 'skip')) throw syntaxError();
    else if (session.replies !== 'off') session.replies = 'skip-next';
    return OK;
  },
};
