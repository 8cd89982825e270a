import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import { isWord, wrongSubcommandArguments } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

/** No function can be loaded here, so none has to be flushed. */
export const functionFlushCommand: CommandDefinition = {
  name: 'function|flush',
  arity: -2,
  flags: ['write', 'noscript'],
  needsData: true,
  handle(_context, args) {
    if (args.length > 3) throw wrongSubcommandArguments(args);
    if (args.length === 3 && !isWord(args[2], 'sync') && !isWord(args[2], 'async')) {
      throw new RespError('ERR FUNCTION FLUSH only supports SYNC|ASYNC option');
    }
    return OK;
  },
};
