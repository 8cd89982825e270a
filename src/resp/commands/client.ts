import type { Bytes } from '../../core/bytes.js';
import { OK, type Reply, simple } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import type { Context, Session } from '../session.js';
import { integerOf, isWord, syntaxError, textOf } from './arguments.js';
import { clientLine } from './client-line.js';
import { readClientName } from './client-name.js';
import type { CommandDefinition, CommandFlag } from './definition.js';
import { helpLines, subcommand } from './subcommand.js';

const ADMIN: readonly CommandFlag[] = ['admin', 'noscript', 'loading', 'stale'];

export const clientCommand: CommandDefinition = {
  name: 'client',
  arity: -2,
  flags: [],
  categories: [],
  group: 'connection',
  since: '2.4.0',
  summary: 'Commands about client connections',
  // Only reached without a subcommand, which the arity refuses.
  handle: () => simple(''),
  subcommands: [
    subcommand('client', {
      name: 'id',
      arity: 2,
      since: '5.0.0',
      summary: 'Get the id of this connection',
      handle: ({ session }) => session.id,
    }),
    subcommand('client', {
      name: 'info',
      arity: 2,
      since: '6.2.0',
      summary: 'Get the facts about this connection',
      handle: ({ session, keyspace }) => ({ kind: 'verbatim', text: `${clientLine(session, keyspace.nowMs())}\n` }),
    }),
    subcommand('client', {
      name: 'list',
      arity: -2,
      flags: ADMIN,
      categories: ['dangerous', 'connection'],
      since: '2.4.0',
      summary: 'Get the facts about all connections of clients',
      handle: listClients,
    }),
    subcommand('client', {
      name: 'setname',
      arity: 3,
      since: '2.6.9',
      summary: 'Give this connection a name',
      handle: setName,
    }),
    subcommand('client', {
      name: 'getname',
      arity: 2,
      since: '2.6.9',
      summary: 'Get the name of this connection',
      handle: ({ session }) => (session.name === '' ? null : session.name),
    }),
    subcommand('client', {
      name: 'setinfo',
      arity: 4,
      since: '7.2.0',
      summary: 'Say which client library this is: LIB-NAME or LIB-VER',
      handle: setInfo,
    }),
    subcommand('client', {
      name: 'no-evict',
      arity: 3,
      flags: ADMIN,
      categories: ['dangerous', 'connection'],
      since: '7.0.0',
      summary: 'ON or OFF; clients are never evicted here',
      handle: checkOnOff,
    }),
    subcommand('client', {
      name: 'no-touch',
      arity: 3,
      since: '7.2.0',
      summary: 'ON or OFF; there are no access times here',
      handle: checkOnOff,
    }),
    subcommand('client', {
      name: 'help',
      arity: 2,
      flags: ['loading', 'stale'],
      since: '5.0.0',
      summary: 'Print this help',
      handle: () => helpLines(clientCommand).map(simple),
    }),
  ],
};

// ---

function setName({ session }: Context, args: readonly Bytes[]): Reply {
  session.name = readClientName(args[2]!);
  return OK;
}

function setInfo({ session }: Context, args: readonly Bytes[]): Reply {
  if (isWord(args[2], 'lib-name')) session.libraryName = readClientName(args[3]!, 'lib-name');
  else if (isWord(args[2], 'lib-ver')) session.libraryVersion = readClientName(args[3]!, 'lib-ver');
  else throw new RespError(`ERR Unrecognized option '${textOf(args[2]!)}'`);
  return OK;
}

function checkOnOff(_context: Context, args: readonly Bytes[]): Reply {
  if (!isWord(args[2], 'on') && !isWord(args[2], 'off')) throw syntaxError();
  return OK;
}

function listClients({ host, keyspace }: Context, args: readonly Bytes[]): Reply {
  const nowMs = keyspace.nowMs();
  const lines = chosenSessions(host.sessions, args).map((session) => `${clientLine(session, nowMs)}\n`);
  return { kind: 'verbatim', text: lines.join('') };
}

function chosenSessions(sessions: ReadonlyMap<number, Session>, args: readonly Bytes[]): Session[] {
  if (args.length === 2) return [...sessions.values()];
  if (isWord(args[2], 'type') && args.length === 4) return isNormalType(args[3]!) ? [...sessions.values()] : [];
  if (!isWord(args[2], 'id') || args.length === 3) throw syntaxError();
  const ids = args.slice(3).map((argument) => Number(integerOf(argument, 'ERR Invalid client ID')));
  return ids.flatMap((id) => sessions.get(id) ?? []);
}

/** Clients here are all of the type "normal"; the other types of Redis exist and are empty. */
function isNormalType(argument: Bytes): boolean {
  const known = ['normal', 'master', 'replica', 'slave', 'pubsub'].some((type) => isWord(argument, type));
  if (!known) throw new RespError(`ERR Unknown client type '${textOf(argument)}'`);
  return isWord(argument, 'normal');
}
