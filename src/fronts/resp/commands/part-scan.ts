import type { Bytes } from '../../../core/model/bytes.js';
import type { Reply } from '../codec/reply.js';
import type { CollectionKind, Part } from '../collection.js';
import type { Context } from '../session.js';
import { copyOf } from './arguments.js';
import { Glob, goingOn } from './glob.js';
import { collectionAt } from './part-deletes.js';
import { readCursor, readScanOptions, type ScanOptions } from './scan-options.js';
import { inSlices, type Steps } from './slices.js';

/** HSCAN, SSCAN and ZSCAN. `tell`: what is told of a part, as it stands in the list. */
export function scanParts(
  context: Context,
  args: readonly Bytes[],
  kind: CollectionKind,
  tell: (part: Part) => Reply[],
): Reply | Promise<Reply> {
  const { keyspace, session } = context;
  const cursor = readCursor(args[2]!);
  // As in Redis, nobody looks at the options where there is nothing to scan.
  const collection = collectionAt(keyspace, session.database, args[1]!, kind);
  if (collection === undefined) return ['0', []];
  const options = readScanOptions(args, 3, false);
  if (cursor >= END) return ['0', []];
  const scan = { key: copyOf(args[1]!), kind, cursor: Number(cursor), ...options, tell };
  if (collection.size <= WHOLE_MAX) scan.count = WHOLE_MAX;
  return inSlices(scanning(context, scan), () => !session.isGone);
}

// ---

interface PartScan extends ScanOptions {
  readonly key: Bytes;
  readonly kind: CollectionKind;
  readonly cursor: number;
  tell(part: Part): Reply[];
}

/** A cursor is a place among hashes of 32 bits. */
const END = 2n ** 32n;
/** So many are told at once, whatever COUNT says: Redis does so with what it keeps packed, and clients have come to rely on it. */
const WHOLE_MAX = 512;
/** No more parts are looked at, nor many more bytes of them, whatever COUNT says: so that a reply stays a small one. */
const PARTS_MAX = 10_000;
const BYTES_MAX = 1024 * 1024;
const PARTS_PER_STEP = 128;

function* scanning(context: Context, { key, kind, cursor, count, pattern, tell }: PartScan): Steps {
  const { keyspace, session } = context;
  const glob = pattern === null ? null : new Glob(copyOf(pattern));
  const told: Reply[] = [];
  const seenMax = Math.min(count, PARTS_MAX);
  let next = cursor;
  for (let seen = 0, bytes = 0; seen < seenMax && bytes < BYTES_MAX; yield) {
    const collection = collectionAt(keyspace, session.database, key, kind);
    if (collection === undefined) return ['0', told];
    const scanned = collection.scan(next, Math.min(seenMax - seen, PARTS_PER_STEP));
    for (const part of scanned.parts) {
      seen++;
      bytes += part.name.length + part.value.length;
      if (glob === null || (glob.begin(part.name) ?? (yield* goingOn(glob)))) told.push(...tell(part));
    }
    next = scanned.next;
    if (next === 0) break;
  }
  return [String(next), told];
}
