import type { ArgumentList } from '../codec/argument-list.js';
import type { Reply } from '../codec/reply.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import type { Steps } from './slices.js';

/** What a command does with the parts of a collection that its arguments name. */
export interface OverParts {
  /** The first argument that is a part, and how many arguments there are for each. */
  readonly from: number;
  readonly width: number;
  /** Something is changed by it, so that it must not end halfway. */
  readonly changes: boolean;
  /** `index`: of the first argument of a part. The arguments may have been moved since the last time. */
  each(index: number): void;
  reply(): Reply;
  /** Something else may have come in between: other members write at any time. */
  resume?(): void;
  /** Bytes held by what was made of the reply so far. */
  replyBytes?(): number;
}

/** Goes over the parts that arguments name, as one atomic whole: a few of them at once, very many in slices. */
export function overParts(context: Context, args: ArgumentList, work: OverParts): Reply | Promise<Reply> {
  const { from, width, changes, each, reply } = work;
  if (args.length <= AT_ONCE_MAX) {
    for (let i = from; i < args.length; i += width) each(i);
    return reply();
  }
  const { session } = context;
  return alone(
    context,
    stepsOver(context, args, work),
    () => void args.keep(),
    changes ? undefined : () => !session.isGone,
  );
}

/** A change of so many parts that something else may come in between must not be refused halfway. */
export function admitParts({ keyspace }: Context, args: ArgumentList, from: number, width: number): void {
  let nameBytes = 0;
  for (let i = from; i < args.length; i += width) nameBytes = Math.max(nameBytes, args.lengthOf(i));
  keyspace.admitWrites(args.lengthOf(1) + nameBytes);
}

// ---

/** So many arguments take no time that anybody would notice. */
const AT_ONCE_MAX = 128;
const PARTS_PER_STEP = 64;

function* stepsOver({ hold }: Context, args: ArgumentList, work: OverParts): Steps {
  const { from, width } = work;
  for (let i = from, count = 0; i < args.length; i += width) {
    work.each(i);
    if (++count % PARTS_PER_STEP !== 0) continue;
    if (args.keptBytes > 0) hold(args.keptBytes + (work.replyBytes?.() ?? 0));
    yield;
    work.resume?.();
  }
  return work.reply();
}
