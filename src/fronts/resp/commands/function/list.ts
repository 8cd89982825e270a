import { RespError } from '../../keyspace.js';
import { isWord, textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const functionListCommand: CommandDefinition = {
  name: 'function|list',
  arity: -2,
  flags: ['noscript'],
  handle(_context, args) {
    for (let i = 2; i < args.length; i++) {
      if (isWord(args[i], 'withcode')) continue;
      if (!isWord(args[i], 'libraryname')) throw new RespError(`ERR Unknown argument ${textOf(args[i]!)}`);
      if (args[++i] === undefined) throw new RespError('ERR library name argument was not given');
    }
    return [];
  },
};
