import type { Bytes } from '../../../../core/model/bytes.js';
import type { Reply } from '../../codec/reply.js';
import type { Context } from '../../session.js';
import { alone } from '../alone.js';
import { copyOf } from '../arguments.js';
import type { Steps } from '../slices.js';
import { type Combination, combining } from './combining.js';
import { MembersReply } from './members-reply.js';

/** SINTER, SUNION and SDIFF: replies with the members. */
export function replyWithCombined(
  context: Context,
  combination: Combination,
  keys: readonly Bytes[],
): Reply | Promise<Reply> {
  return alone(
    context,
    telling(context, combination, keys.map(copyOf)),
    () => {},
    () => !context.session.isGone,
  );
}

// ---

function* telling(context: Context, combination: Combination, keys: readonly Bytes[]): Steps {
  const found = new MembersReply(context);
  yield* combining(context, combination, keys, found);
  return found.asSet();
}
