import type { Bytes } from '../../core/bytes.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';

/** DEL and UNLINK: how many of the keys were there. */
export function deleteKeys({ keyspace, session }: Context, args: readonly Bytes[]): number {
  let deleted = 0;
  for (let i = 1; i < args.length; i++) if (keyspace.delete(session.database, copyOf(args[i]!))) deleted++;
  return deleted;
}

/** EXISTS and TOUCH: a key that is named twice counts twice, as in Redis. */
export function countExisting({ keyspace, session }: Context, args: readonly Bytes[]): number {
  let existing = 0;
  for (let i = 1; i < args.length; i++) if (keyspace.get(session.database, args[i]!) !== undefined) existing++;
  return existing;
}
