import type { Bytes } from '../../../../core/model/bytes.js';
import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { PauseMode } from '../../pause.js';
import { integerOf, isWord } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const clientPauseCommand: CommandDefinition = {
  name: 'client|pause',
  arity: -3,
  flags: ['admin', 'noscript', 'loading', 'stale'],
  isAct: true,
  handle({ host, keyspace }, args) {
    const mode = args.length === 3 ? 'all' : modeOf(args);
    const lengthMs = Number(integerOf(args[2]!, 'ERR timeout is not an integer or out of range'));
    if (lengthMs < 0) throw new RespError('ERR timeout is negative');
    const nowMs = keyspace.nowMs();
    host.activity.pause.start(mode, nowMs + lengthMs, nowMs);
    return OK;
  },
};

// ---

function modeOf(args: readonly Bytes[]): PauseMode {
  const mode = (['all', 'write'] as const).find((word) => args.length === 4 && isWord(args[3], word));
  if (mode === undefined) throw new RespError('ERR CLIENT PAUSE mode must be WRITE or ALL');
  return mode;
}
