import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { integerOf } from './arguments.js';
import type { CommandDefinition } from './definition.js';

export const waitCommand: CommandDefinition = {
  name: 'wait',
  arity: 3,
  flags: ['noscript'],
  needsData: true,
  keepsToPrefix: true,
  waits: true,
  handle(context, args) {
    const members = Number(integerOf(args[1]!));
    const timeoutMs = Number(integerOf(args[2]!, 'ERR timeout is not an integer or out of range'));
    if (timeoutMs < 0) throw new RespError('ERR timeout is negative');
    const { session, keyspace } = context;
    if (session.wrote) session.writtenUpto = keyspace.writtenUpto;
    // A transaction does not wait: asking for no members gives the count of now.
    return context.atomic
      ? keyspace.waitDurable(0, 0, session.writtenUpto)
      : waitInterruptibly(context, Math.max(0, members), timeoutMs);
  },
};

// ---

/** CLIENT UNBLOCK ends the wait, and so does the end of the connection: nobody is left waiting for ever. */
async function waitInterruptibly({ keyspace, session }: Context, members: number, timeoutMs: number): Promise<number> {
  const waiting = new AbortController();
  session.waiting = waiting;
  try {
    const reached = await keyspace.waitDurable(members, timeoutMs, session.writtenUpto, waiting.signal);
    if (waiting.signal.reason instanceof RespError) throw waiting.signal.reason;
    return reached;
  } finally {
    session.waiting = null;
  }
}
