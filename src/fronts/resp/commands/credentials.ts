import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { RespError } from '../keyspace.js';
import { becomes, type Context } from '../session.js';
import { copyOf, textOf } from './arguments.js';

/**
 * Lets the client become a user, if the password is right, and then answers. A client stays who it is throughout a transaction,
 * whose commands are judged when they are queued; besides, other clients would wait for the password.
 */
export async function authenticated(
  { host, session, atomic }: Context,
  name: Bytes,
  password: Bytes,
  reply: () => Reply,
): Promise<Reply> {
  if (atomic || session.transaction !== null) {
    if (session.transaction !== null) session.transaction.failed = true;
    throw new RespError('ERR Command not allowed inside a transaction');
  }
  const identity = await host.access.authenticate(textOf(name), copyOf(password), session.address);
  if (identity === null) throw new RespError('WRONGPASS invalid username-password pair or user is disabled.');
  becomes(session, identity);
  return reply();
}
