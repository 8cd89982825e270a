import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import { isWord, textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { readClientName } from './name.js';

export const clientSetinfoCommand: CommandDefinition = {
  name: 'client|setinfo',
  arity: 4,
  flags: ['noscript', 'loading', 'stale'],
  docs: { summary: 'Say which client library this is: LIB-NAME or LIB-VER', since: '7.2.0' },
  handle({ session }, args) {
    if (isWord(args[2], 'lib-name')) session.libraryName = readClientName(args[3]!, 'lib-name');
    else if (isWord(args[2], 'lib-ver')) session.libraryVersion = readClientName(args[3]!, 'lib-ver');
    else throw new RespError(`ERR Unrecognized option '${textOf(args[2]!)}'`);
    return OK;
  },
};
