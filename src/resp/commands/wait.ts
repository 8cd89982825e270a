import { RespError } from '../keyspace.js';
import { integerOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

export const waitCommand: CommandDefinition = {
  name: 'wait',
  arity: 3,
  flags: ['noscript'],
  needsData: true,
  handle({ keyspace, atomic }, args) {
    const members = Number(integerOf(args[1]!));
    const timeoutMs = Number(integerOf(args[2]!, 'ERR timeout is not an integer or out of range'));
    if (timeoutMs < 0) throw new RespError('ERR timeout is negative');
    // A transaction does not wait: asking for no members gives the count of now.
    return atomic ? keyspace.waitDurable(0, 0) : keyspace.waitDurable(Math.max(0, members), timeoutMs);
  },
};
