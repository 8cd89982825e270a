import type { Bytes } from '../../../../core/model/bytes.js';
import { RespError } from '../../keyspace.js';
import { textOf } from '../arguments.js';

/** The text of a name that CLIENT LIST can show: printable ASCII without spaces, or nothing. */
export function readClientName(argument: Bytes, what = 'Client names'): string {
  for (const byte of argument) {
    if (byte < 0x21 || byte > 0x7e) {
      throw new RespError(`ERR ${what} cannot contain spaces, newlines or special characters.`);
    }
  }
  return textOf(argument);
}
