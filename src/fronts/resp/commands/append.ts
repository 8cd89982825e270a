import { copyOf } from './arguments.js';
import { type CommandDefinition, ONE_KEY } from './definition.js';
import { checkValueSize } from './value-size.js';

export const appendCommand: CommandDefinition = {
  name: 'append',
  arity: 3,
  flags: ['write', 'denyoom', 'fast'],
  keys: ONE_KEY,
  needsData: true,
  handle(context, args) {
    const { keyspace, session } = context;
    const old = keyspace.get(session.database, args[1]!);
    const oldLength = old?.value.length ?? 0;
    const length = oldLength + args[2]!.length;
    checkValueSize(context, length);
    const value = new Uint8Array(length);
    if (old !== undefined) value.set(old.value, 0);
    value.set(args[2]!, oldLength);
    keyspace.set(session.database, copyOf(args[1]!), value, old?.expiryMs ?? 0);
    return length;
  },
};
