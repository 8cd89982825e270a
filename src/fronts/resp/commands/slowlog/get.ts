import type { Reply } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { SlowCommand } from '../../slowlog.js';
import { integerOf } from '../arguments.js';
import type { CommandDefinition } from '../definition.js';

export const slowlogGetCommand: CommandDefinition = {
  name: 'slowlog|get',
  arity: -2,
  flags: ['admin', 'loading', 'stale'],
  handle({ host }, args) {
    const { latest } = host.activity.slowlog;
    const count = args.length === 2 ? COUNT : Number(integerOf(args[2]!, OUT_OF_RANGE));
    if (count < -1) throw new RespError(OUT_OF_RANGE);
    return latest.slice(0, count === -1 ? latest.length : count).map(rowOf);
  },
};

// ---

const COUNT = 10;
const OUT_OF_RANGE = 'ERR count should be greater than or equal to -1';

function rowOf({ id, atMs, microseconds, args, address, clientName }: SlowCommand): Reply {
  return [id, Math.floor(atMs / 1000), microseconds, args, address, clientName];
}
