import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';

/** A value that a command would make larger than any that could be sent is refused, as by Redis. */
export function checkValueSize({ host }: Context, bytes: number): void {
  if (bytes > host.bulkBytesMax) throw new RespError('ERR string exceeds maximum allowed size (proto-max-bulk-len)');
}
