import type { Bytes } from '../../../../core/model/bytes.js';
import { OK, type Reply } from '../../codec/reply.js';
import type { Context } from '../../session.js';
import { isWord, syntaxError } from '../arguments.js';

/** ON or OFF for what makes no difference here. */
export function acceptOnOff(_context: Context, args: readonly Bytes[]): Reply {
  if (!isWord(args[2], 'on') && !isWord(args[2], 'off')) throw syntaxError();
  return OK;
}
