import type { Bytes } from '../../../core/model/bytes.js';
import { mapReply, type Protocol, type Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Session } from '../session.js';
import { integerOf, isWord, textOf } from './arguments.js';
import { readClientName } from './client/name.js';
import { authenticated } from './credentials.js';
import type { CommandDefinition } from './definition.js';
import { REDIS_VERSION } from './redis-version.js';

export const helloCommand: CommandDefinition = {
  name: 'hello',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  handle(context, args) {
    const { session } = context;
    const protocol = args[1] === undefined ? session.protocol : readProtocol(args[1]);
    const { name, credentials } = readOptions(args);
    const greet = () => {
      session.protocol = protocol;
      if (name !== null) session.name = name;
      return greeting(session);
    };
    if (credentials !== null) return authenticated(context, ...credentials, greet);
    if (session.identity === null) throw new RespError(NO_AUTH_HELLO);
    return greet();
  },
};

// ---

function readProtocol(argument: Bytes): Protocol {
  const version = integerOf(argument, 'ERR Protocol version is not an integer or out of range');
  if (version !== 2 && version !== 3) throw new RespError('NOPROTO unsupported protocol version');
  return version;
}

interface Options {
  name: string | null;
  credentials: readonly [user: Bytes, password: Bytes] | null;
}

/** Nothing takes effect unless all options are right. */
function readOptions(args: readonly Bytes[]): Options {
  const options: Options = { name: null, credentials: null };
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (isWord(args[i], 'auth') && left >= 2) {
      options.credentials = [args[i + 1]!, args[i + 2]!];
      i += 2;
    } else if (isWord(args[i], 'setname') && left >= 1) {
      options.name = readClientName(args[++i]!);
    } else {
      throw new RespError(`ERR Syntax error in HELLO option '${textOf(args[i]!)}'`);
    }
  }
  return options;
}

const NO_AUTH_HELLO =
  'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time';

function greeting(session: Session): Reply {
  return mapReply([
    ['server', 'redis'],
    ['version', REDIS_VERSION],
    ['proto', session.protocol],
    ['id', session.id],
    ['mode', 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ]);
}
