import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';

/**
 * RENAME and RENAMENX: a write of one key and a delete of the other, in this order, so that no other member ever lacks the
 * value under both names. Returns whether it was done.
 */
export function renameKey(
  { keyspace, session: { database } }: Context,
  args: readonly Bytes[],
  condition: 'always' | 'if-missing',
): boolean {
  const [from, to] = [copyOf(args[1]!), copyOf(args[2]!)];
  const item = keyspace.get(database, from);
  if (item === undefined) throw new RespError('ERR no such key');
  const isSame = Buffer.compare(from, to) === 0;
  if (condition === 'if-missing' && (isSame || keyspace.get(database, to) !== undefined)) return false;
  if (isSame) return true;
  keyspace.setItem(database, to, item);
  keyspace.delete(database, from);
  return true;
}
