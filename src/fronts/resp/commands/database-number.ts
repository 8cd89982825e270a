import type { Bytes } from '../../../core/model/bytes.js';
import { RespError } from '../keyspace.js';
import { DATABASES } from '../session.js';
import { integerOf } from './arguments.js';

/** The number of a database as an argument. */
export function databaseNumberOf(argument: Bytes, noIntegerText?: string): number {
  const database = Number(integerOf(argument, noIntegerText));
  if (database < 0 || database >= DATABASES) throw new RespError('ERR DB index is out of range');
  return database;
}
