import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import { syntaxError } from './arguments.js';
import { checkCredentials } from './credentials.js';
import type { CommandDefinition } from './definition.js';

export const authCommand: CommandDefinition = {
  name: 'auth',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  handle(_context, args) {
    if (args.length > 3) throw syntaxError();
    if (args.length === 2) throw new RespError(NO_PASSWORD);
    checkCredentials(args[1]!);
    return OK;
  },
};

// ---

const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
