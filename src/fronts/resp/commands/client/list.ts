import type { Bytes } from '../../../../core/model/bytes.js';
import type { Session } from '../../session.js';
import { integerOf, isWord, syntaxError } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';
import { isOfType } from './client-type.js';
import { clientLine } from './line.js';

export const clientListCommand: CommandDefinition = {
  name: 'client|list',
  arity: -2,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ host, keyspace }, args) {
    const nowMs = keyspace.nowMs();
    const lines = chosenSessions(host.sessions, args).map((session) => `${clientLine(session, nowMs)}\n`);
    return { kind: 'verbatim', text: lines.join('') };
  },
};

// ---

function chosenSessions(sessions: ReadonlyMap<number, Session>, args: readonly Bytes[]): Session[] {
  const all = [...sessions.values()];
  if (args.length === 2) return all;
  if (isWord(args[2], 'type') && args.length === 4) {
    const isWanted = isOfType(args[3]!);
    return all.filter(isWanted);
  }
  if (!isWord(args[2], 'id') || args.length === 3) throw syntaxError();
  return args.slice(3).flatMap((argument) => sessions.get(Number(integerOf(argument, 'ERR Invalid client ID'))) ?? []);
}
