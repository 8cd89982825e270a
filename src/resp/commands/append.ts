import { RespError } from '../keyspace.js';
import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';

export const appendCommand: CommandDefinition = {
  name: 'append',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle({ keyspace, session, host }, args) {
    const old = keyspace.get(session.database, args[1]!);
    const oldLength = old?.value.length ?? 0;
    const length = oldLength + args[2]!.length;
    if (length > host.bulkBytesMax) {
      throw new RespError('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
    }
    const value = new Uint8Array(length);
    if (old !== undefined) value.set(old.value, 0);
    value.set(args[2]!, oldLength);
    keyspace.set(session.database, copyOf(args[1]!), value, old?.expiryMs ?? 0);
    return length;
  },
};
