import type { Bytes } from '../../../core/model/bytes.js';
import { mapReply, type Protocol, type Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Session } from '../session.js';
import { integerOf, isWord, textOf } from './arguments.js';
import { readClientName } from './client/name.js';
import { checkCredentials } from './credentials.js';
import type { CommandDefinition } from './definition.js';
import { REDIS_VERSION } from './redis-version.js';

export const helloCommand: CommandDefinition = {
  name: 'hello',
  arity: -1,
  flags: ['noscript', 'loading', 'stale', 'fast', 'no_auth', 'allow_busy'],
  handle({ session }, args) {
    const protocol = args[1] === undefined ? session.protocol : readProtocol(args[1]);
    const name = readOptions(args);
    session.protocol = protocol;
    if (name !== null) session.name = name;
    return greeting(session);
  },
};

// ---

function readProtocol(argument: Bytes): Protocol {
  const version = integerOf(argument, 'ERR Protocol version is not an integer or out of range');
  if (version !== 2 && version !== 3) throw new RespError('NOPROTO unsupported protocol version');
  return version;
}

/** The name to set, if any: nothing takes effect unless all options are right. */
function readOptions(args: readonly Bytes[]): string | null {
  let name: string | null = null;
  for (let i = 2; i < args.length; i++) {
    const left = args.length - 1 - i;
    if (isWord(args[i], 'auth') && left >= 2) {
      checkCredentials(args[i + 1]!);
      i += 2;
    } else if (isWord(args[i], 'setname') && left >= 1) {
      name = readClientName(args[++i]!);
    } else {
      throw new RespError(`ERR Syntax error in HELLO option '${textOf(args[i]!)}'`);
    }
  }
  return name;
}

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
