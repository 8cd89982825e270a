import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import { isWord } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const scriptFlushCommand: CommandDefinition = {
  name: 'script|flush',
  arity: -2,
  flags: ['noscript'],
  role: 'write',
  concernsAll: true,
  handle({ host }, args) {
    const isKnown = args.length === 2 || (args.length === 3 && (isWord(args[2], 'sync') || isWord(args[2], 'async')));
    if (!isKnown) throw new RespError('ERR SCRIPT FLUSH only support SYNC|ASYNC option');
    host.scripts.flush();
    return OK;
  },
};
