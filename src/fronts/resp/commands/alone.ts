import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { firstSlice, type Steps } from './slices.js';

/**
 * Does atomic work, in slices if it takes long, with the data commands of other clients held back meanwhile. `keep` is called
 * before that: what belongs to this turn alone must be copied. `isWanted`: see inSlices; for work that changes something
 * there is none, since it must not end halfway.
 */
export function alone(
  context: Context,
  steps: Steps,
  keep: () => void,
  isWanted?: () => boolean,
): Reply | Promise<Reply> {
  const first = firstSlice(steps, isWanted);
  if (first.isDone) return first.reply;
  keep();
  // Inside EXEC the whole transaction is alone already.
  return context.atomic ? first.rest() : holdingBack(context, first.rest);
}

// ---

async function holdingBack({ host }: Context, rest: () => Promise<Reply>): Promise<Reply> {
  host.exclusive.take();
  try {
    return await rest();
  } finally {
    host.exclusive.release();
  }
}
