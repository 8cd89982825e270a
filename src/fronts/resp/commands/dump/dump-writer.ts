import type { Bytes } from '../../../../core/model/bytes.js';
import {
  DUMP_VERSION,
  lengthEncoding,
  scoreEncoding,
  stringEncoding,
} from '../../../../engines/redis/dump-encoding.js';
import { RDB } from '../../../../engines/redis/dump-reader.js';
import { Checksum, withFooter } from '../../../../engines/redis/dump-version.js';
import { REPLY_BYTES_MAX, ReplyTooLarge } from '../../codec/reply-buffer.js';
import { type CollectionKind, type Part, scoreOf } from '../../collection.js';
import type { Context } from '../../session.js';
import { collectionAt } from '../part-deletes.js';
import type { Steps } from '../slices.js';

/** A string as Redis 7.0 dumps it, and any later one reads it. */
export function dumpOfString(value: Bytes): Bytes {
  return withFooter(Buffer.concat([Buffer.from([RDB.STRING]), ...stringEncoding(value)]), DUMP_VERSION);
}

/** A collection as Redis 7.0 dumps a large one: a server that restores a small one packs it by itself. The reply is the dump. */
export function* dumpingCollection(context: Context, key: Bytes, kind: CollectionKind): Steps {
  const { keyspace, session, hold } = context;
  const pieces: Bytes[] = [];
  let [cursor, count, length] = [0, 0, 0];
  do {
    const collection = collectionAt(keyspace, session.database, key, kind);
    if (collection === undefined) break;
    const { parts, next } = collection.scan(cursor, PARTS_PER_STEP);
    const piece = Buffer.concat(parts.flatMap((part) => encodings[kind](part)));
    pieces.push(piece);
    count += parts.length;
    length += piece.length;
    if (length > REPLY_BYTES_MAX) throw new ReplyTooLarge(`a dump of more than ${REPLY_BYTES_MAX} bytes`);
    cursor = next;
    hold(length);
    if (cursor !== 0) yield;
  } while (cursor !== 0);
  if (count === 0) return null;
  return yield* bulkOfDump([Buffer.concat([Buffer.from([TYPES[kind]]), lengthEncoding(count)]), ...pieces]);
}

// ---

const PARTS_PER_STEP = 128;
const TYPES = { hash: RDB.HASH, set: RDB.SET, zset: RDB.ZSET } as const;

const encodings: Record<CollectionKind, (part: Part) => readonly Bytes[]> = {
  hash: ({ name, value }) => [...stringEncoding(name), ...stringEncoding(value)],
  set: ({ name }) => stringEncoding(name),
  zset: ({ name, value }) => [...stringEncoding(name), scoreEncoding(scoreOf(value))],
};

/** A body in pieces as a bulk string, with version and checksum behind it. */
function* bulkOfDump(body: readonly Bytes[]): Steps {
  const checksum = new Checksum();
  const version = Buffer.alloc(2);
  version.writeUInt16LE(DUMP_VERSION);
  let length = 0;
  for (const piece of [...body, version]) {
    checksum.add(piece);
    length += piece.length;
    yield;
  }
  const head = Buffer.from(`$${length + 8}\r\n`);
  return { kind: 'encoded', chunks: [head, ...body, version, checksum.whole(), Buffer.from('\r\n')] };
}
