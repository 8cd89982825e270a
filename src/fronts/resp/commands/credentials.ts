import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { textOf } from './arguments.js';

/** There is the default user only, and without a password any will do for it: what Redis does by default. */
export function checkCredentials(user: Bytes): void {
  if (textOf(user) !== 'default') throw new RespError('WRONGPASS invalid username-password pair or user is disabled.');
}
