import { ANYBODY } from '../access/identity.js';
import { OK } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import { bytesOf, syntaxError } from './arguments.js';
import { authenticated } from './credentials.js';
import type { CommandDefinition } from './definition.js';

export const authCommand: CommandDefinition = {
  name: 'auth',
  arity: -2,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  immediate: true,
  handle(context, args) {
    if (args.length > 3) throw syntaxError();
    if (args.length === 2 && context.host.access.users().length === 0) throw new RespError(NO_PASSWORD);
    const [name, password] = args.length === 2 ? [DEFAULT, args[1]!] : [args[1]!, args[2]!];
    return authenticated(context, name, password, () => OK);
  },
};

// ---

const DEFAULT = bytesOf(ANYBODY.name);
const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';
