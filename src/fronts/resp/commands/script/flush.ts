import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import { isWord } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

/** No script can be loaded here, so none has to be flushed. */
export const scriptFlushCommand: CommandDefinition = {
  name: 'script|flush',
  arity: -2,
  flags: ['noscript'],
  handle(_context, args) {
    const isKnown = args.length === 2 || (args.length === 3 && (isWord(args[2], 'sync') || isWord(args[2], 'async')));
    if (!isKnown) throw new RespError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    return OK;
  },
};
