import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import { type ReplyWriter, replyInPieces } from '../codec/reply-writer.js';
import type { CollectionKind, Part } from '../collection.js';
import type { Context } from '../session.js';
import { alone } from './alone.js';
import { copyOf } from './arguments.js';
import { collectionAt } from './part-deletes.js';
import type { Steps } from './slices.js';

/** How a reply that tells all parts of a collection is written. */
export interface WholeReply {
  head(out: ReplyWriter, parts: number): void;
  part(out: ReplyWriter, part: Part): void;
}

/** Replies with all parts of the collection at a key; with none where it is missing. */
export function replyWithAll(
  context: Context,
  key: Bytes,
  kind: CollectionKind,
  reply: WholeReply,
): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const collection = collectionAt(keyspace, session.database, key, kind);
  const size = collection?.size ?? 0;
  if (size > AT_ONCE_MAX) {
    // As a view the key would end with the turn.
    return alone(
      context,
      telling(context, copyOf(key), kind, reply),
      () => {},
      () => !session.isGone,
    );
  }
  const out = replyInPieces();
  out.protocol = session.protocol;
  reply.head(out, size);
  for (let place = 0; place < size; place++) reply.part(out, collection!.at(place));
  return { kind: 'encoded', chunks: out.take() };
}

// ---

const AT_ONCE_MAX = 512;
const PARTS_PER_STEP = 128;

/**
 * By a cursor, since other members may write in between; so how many parts there were is known at the end, and the head is written
 * last.
 */
function* telling({ keyspace, session, hold }: Context, key: Bytes, kind: CollectionKind, reply: WholeReply): Steps {
  const [head, out] = [replyInPieces(), replyInPieces()];
  head.protocol = out.protocol = session.protocol;
  let count = 0;
  for (let cursor = 0; ; ) {
    const collection = collectionAt(keyspace, session.database, key, kind);
    if (collection === undefined) break;
    const { parts, next } = collection.scan(cursor, PARTS_PER_STEP);
    for (const part of parts) reply.part(out, part);
    count += parts.length;
    if (next === 0) break;
    cursor = next;
    hold(out.length);
    yield;
  }
  reply.head(head, count);
  return { kind: 'encoded', chunks: [...head.take(), ...out.take()] };
}
