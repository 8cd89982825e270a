import type { Bytes } from '../../../core/model/bytes.js';
import { OK, type Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';
import { type ExpiryUnit, expiryOfOption, setExpiring } from './expiry.js';

/** SETEX and PSETEX: key, time from now, value. */
export function setWithExpiry(context: Context, args: readonly Bytes[], unit: ExpiryUnit, commandName: string): Reply {
  const expiryMs = expiryOfOption(context, { argument: args[2]!, unit, absolute: false }, commandName);
  setExpiring(context, copyOf(args[1]!), copyOf(args[3]!), expiryMs);
  return OK;
}
