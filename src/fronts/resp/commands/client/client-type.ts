import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import type { Session } from '../../session.js';
import { isWord, textOf } from '../arguments.js';

/** Clients here listen to channels or are of the type "normal"; the other types of Redis exist and are empty. */
export function isOfType(argument: Bytes): (session: Session) => boolean {
  if (isWord(argument, 'normal')) return ({ listening }) => listening === null;
  if (isWord(argument, 'pubsub')) return ({ listening }) => listening !== null;
  if (['master', 'replica', 'slave'].some((type) => isWord(argument, type))) return () => false;
  throw new RespError(`ERR Unknown client type '${textOf(argument)}'`);
}
