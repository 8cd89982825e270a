import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { integerOf, isWord, wrongSubcommandArguments } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

/** Ends the WAIT of a client: as if its time were over, or with an error. */
export const clientUnblockCommand: CommandDefinition = {
  name: 'client|unblock',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  handle({ host }, args) {
    if (args.length > 4) throw wrongSubcommandArguments(args);
    const isError = args.length === 4 && readReason(args[3]!) === 'error';
    const waiting = host.sessions.get(Number(integerOf(args[2]!)))?.waiting ?? null;
    if (waiting === null) return 0;
    waiting.abort(isError ? UNBLOCKED : undefined);
    return 1;
  },
};

// ---

const UNBLOCKED = new RespError('UNBLOCKED client unblocked via CLIENT UNBLOCK');

function readReason(argument: Bytes): 'timeout' | 'error' {
  const reason = (['timeout', 'error'] as const).find((word) => isWord(argument, word));
  if (reason === undefined) throw new RespError('ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR');
  return reason;
}
