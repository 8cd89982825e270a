import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import { newShortRequest, SHORT_BATCH, type ShortRequest } from '../codec/short-request.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import type { Steps } from './slices.js';

/** What a command does with each of its keys, a batch at a time. */
export interface OverArguments {
  /** Whether there is a value behind each key. */
  readonly hasValues: boolean;
  /** `nowMs`: the time of the batch. */
  each(request: ShortRequest, nowMs: number): void;
  reply(): Reply;
  /** Bytes held by what was made of the reply so far. */
  replyBytes?(): number;
}

/** Goes over all keys of a command as one atomic whole, in batches whose memory is fetched together. */
export function overArguments(
  context: Context,
  args: ArgumentList,
  work: OverArguments & {
    /** Something is changed by it, so that it must not end halfway. */
    readonly changes: boolean;
  },
): Reply | Promise<Reply> {
  const { session } = context;
  const isWanted = work.changes ? undefined : () => !session.isGone;
  return alone(context, stepsOver(context, args, work), () => void args.keep(), isWanted);
}

/** The steps of going over some arguments, for work that has more than one round of them. */
export function* stepsOver(
  { keyspace, session, hold }: Context,
  args: ArgumentList,
  { hasValues, each, reply, replyBytes }: OverArguments,
): Steps {
  const width = hasValues ? 2 : 1;
  for (let next = 1; next < args.length; ) {
    const nowMs = keyspace.nowMs();
    let count = 0;
    for (let bytes = 0; count < SHORT_BATCH && next < args.length && bytes < BATCH_BYTES; next += width) {
      const request = KEYS[count++]!;
      args.place(request, next, hasValues);
      bytes += request.valueEnd - request.valueStart;
    }
    if (count > 1) keyspace.expectShort(session.database, KEYS, count);
    for (let i = 0; i < count; i++) each(KEYS[i]!, nowMs);
    letGo(count);
    if (next >= args.length) break;
    if (args.keptBytes > 0) hold(args.keptBytes + (replyBytes?.() ?? 0));
    yield;
  }
  return reply();
}

// ---

/** For all commands: what was placed is used before the next step. */
const KEYS = Array.from({ length: SHORT_BATCH }, newShortRequest);
const NOTHING = Buffer.alloc(0);

/** Requests may lie in much memory, and the next batch may be far. */
function letGo(count: number): void {
  for (let i = 0; i < count; i++) KEYS[i]!.bytes = NOTHING;
}

/** A batch with large values is shorter. */
const BATCH_BYTES = 256 * 1024;
