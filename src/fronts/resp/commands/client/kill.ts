import type { Bytes } from '../../../../core/model/bytes.js';
import { ANYBODY, type Identity } from '../../access/identity.js';
import { OK, type Reply } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { Context, Session } from '../../session.js';
import { integerOf, isWord, syntaxError, textOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { isOfType } from './client-type.js';

export const clientKillCommand: CommandDefinition = {
  name: 'client|kill',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  isAct: true,
  handle: (context, args) => (args.length === 3 ? killAt(context, textOf(args[2]!)) : killMatching(context, args)),
};

// ---

type Filter = (session: Session) => boolean;

/** The old form: the address of one client, which may be the one that asks. */
function killAt({ host, session }: Context, address: string): Reply {
  const found = [...host.sessions.values()].find((candidate) => candidate.address === address);
  if (found === undefined) throw new RespError('ERR No such client');
  end(found, session);
  return OK;
}

function killMatching({ host, session }: Context, args: readonly Bytes[]): Reply {
  const { filters, skipsMe } = readFilters(args, host.access.users());
  const found = [...host.sessions.values()].filter(
    (candidate) => !(skipsMe && candidate === session) && filters.every((isWanted) => isWanted(candidate)),
  );
  for (const one of found) end(one, session);
  return found.length;
}

/** The one that asks still gets its answer. */
function end(target: Session, asking: Session): void {
  if (target === asking) target.ending = true;
  else target.connection.cut();
}

function readFilters(args: readonly Bytes[], users: readonly Identity[]): { filters: Filter[]; skipsMe: boolean } {
  const filters: Filter[] = [];
  let skipsMe = true;
  for (let i = 2; i < args.length; i += 2) {
    const value = args[i + 1];
    if (value === undefined) throw syntaxError();
    if (isWord(args[i], 'skipme')) skipsMe = readYesNo(value);
    else filters.push(filterOf(args[i]!, value, users));
  }
  return { filters, skipsMe };
}

function filterOf(kind: Bytes, value: Bytes, users: readonly Identity[]): Filter {
  const text = textOf(value);
  if (isWord(kind, 'addr')) return ({ address }) => address === text;
  if (isWord(kind, 'laddr')) return ({ localAddress }) => localAddress === text;
  if (isWord(kind, 'type')) return isOfType(value);
  if (isWord(kind, 'id')) {
    const wanted = Number(integerOf(value, NO_ID));
    if (wanted < 1) throw new RespError(NO_ID);
    return ({ id }) => id === wanted;
  }
  if (!isWord(kind, 'user')) throw syntaxError();
  if (text !== ANYBODY.name && users.every(({ name }) => name !== text))
    throw new RespError(`ERR No such user '${text}'`);
  return ({ identity }) => (identity ?? ANYBODY).name === text;
}

function readYesNo(argument: Bytes): boolean {
  if (!isWord(argument, 'yes') && !isWord(argument, 'no')) throw syntaxError();
  return isWord(argument, 'yes');
}

const NO_ID = 'ERR client-id should be greater than 0';
