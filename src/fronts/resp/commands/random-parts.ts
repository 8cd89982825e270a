import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { replyInPieces } from '../codec/reply-writer.js';
import type { Collection, CollectionKind, Part } from '../collection.js';
import { RespError } from '../keyspace.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import { copyOf } from './arguments.js';
import { collectionAt } from './part-deletes.js';
import type { Steps } from './slices.js';
import { replyWithAll, type WholeReply } from './whole-collection.js';

/**
 * Replies with so many parts of the collection at a key, by chance: each of them once at most, or, where the count is negative, any of
 * them any time.
 */
export function replyWithRandom(
  context: Context,
  key: Bytes,
  kind: CollectionKind,
  count: number,
  reply: WholeReply,
): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const size = collectionAt(keyspace, session.database, key, kind)?.size ?? 0;
  if (size > 0 && -count > REPEATED_MAX)
    throw new RespError(`ERR the reply would have more than ${REPEATED_MAX} elements picked by chance`);
  if (count >= size && count > 0) return replyWithAll(context, key, kind, reply);
  const picking = size === 0 || count === 0 ? none() : count < 0 ? repeating(-count) : distinct(size, count);
  return alone(
    context,
    telling(context, copyOf(key), kind, picking, reply),
    () => {},
    () => !session.isGone,
  );
}

/** Any of them. */
export function randomPart(collection: Collection): Part {
  return collection.at(below(collection.size));
}

// ---

/** Picks some parts at each step, out of the collection as it is then. */
type Picking = Generator<readonly Part[], void, Collection>;

const PARTS_PER_STEP = 128;
const REPEATED_MAX = 1024 * 1024;
/** In one step, since a part that is picked again is not looked up again. */
const REPEATED_PER_STEP = 512;
/** Up to so many are picked by their places, in one step; of more it takes less to go over all. */
const PLACES_MAX = 2048;

function below(bound: number): number {
  return Math.floor(Math.random() * bound);
}

function* telling(
  { keyspace, session, hold }: Context,
  key: Bytes,
  kind: CollectionKind,
  picking: Picking,
  reply: WholeReply,
): Steps {
  const [head, out] = [replyInPieces(), replyInPieces()];
  head.protocol = out.protocol = session.protocol;
  let count = 0;
  // The first step of a generator takes nothing.
  picking.next(NOTHING);
  for (;;) {
    const collection = collectionAt(keyspace, session.database, key, kind);
    if (collection === undefined) break;
    const { done, value: parts } = picking.next(collection);
    if (done === true) break;
    for (const part of parts) reply.part(out, part);
    count += parts.length;
    hold(out.length);
    yield;
  }
  reply.head(head, count);
  return { kind: 'encoded', chunks: [...head.take(), ...out.take()] };
}

const NOTHING = undefined as unknown as Collection;

function* none(): Picking {}

function* repeating(count: number): Picking {
  let collection = yield [];
  for (let left = count; left > 0; left -= REPEATED_PER_STEP)
    collection = yield repeatedPicks(collection, Math.min(left, REPEATED_PER_STEP));
}

function repeatedPicks(collection: Collection, count: number): Part[] {
  const found = new Map<number, Part>();
  return Array.from({ length: count }, () => {
    const place = below(collection.size);
    const part = found.get(place) ?? collection.at(place);
    found.set(place, part);
    return part;
  });
}

function* distinct(size: number, count: number): Picking {
  let collection = yield [];
  if (count <= PLACES_MAX) {
    yield picksOf(collection.size, count).map((place) => collection.at(place));
    return;
  }
  // Selection sampling: Knuth, The Art of Computer Programming, volume 2, algorithm 3.4.2S.
  let [wanted, left, cursor] = [count, size, 0];
  do {
    const { parts, next } = collection.scan(cursor, PARTS_PER_STEP);
    const picked = parts.filter(() => {
      const isPicked = wanted > 0 && Math.random() * Math.max(left, wanted) < wanted;
      left--;
      if (isPicked) wanted--;
      return isPicked;
    });
    cursor = next;
    collection = yield picked;
  } while (cursor !== 0 && wanted > 0);
}

/** Different numbers below a bound: the first ones of a shuffle (Fisher and Yates), of which only what moved is noted. */
function picksOf(bound: number, count: number): number[] {
  const moved = new Map<number, number>();
  return Array.from({ length: Math.min(bound, count) }, (_, at) => {
    const from = at + below(bound - at);
    const pick = moved.get(from) ?? from;
    moved.set(from, moved.get(at) ?? at);
    return pick;
  });
}
