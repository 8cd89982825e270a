import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { Session } from '../../session.js';
import { isWord, textOf } from '../arguments.js';

/** Clients here are all of the type "normal"; the other types of Redis exist and are empty. */
export function isOfType(argument: Bytes): (session: Session) => boolean {
  const known = ['normal', 'master', 'replica', 'slave', 'pubsub'].some((type) => isWord(argument, type));
  if (!known) throw new RespError(`ERR Unknown client type '${textOf(argument)}'`);
  const isNormal = isWord(argument, 'normal');
  return () => isNormal;
}
