import type { Bytes } from '../../../../core/model/bytes.js';
import { DumpReader, FOOTER_BYTES, RDB, UnreadableDump } from '../../../../engines/redis/dump-reader.js';
import { Checksum } from '../../../../engines/redis/dump-version.js';
import { OK } from '../../codec/reply.js';
import { RespError } from '../../keyspace.js';
import type { Context } from '../../session.js';
import { setExpiring } from '../expiry.js';
import type { Steps } from '../slices.js';
import { badFormat, isReadableVersion } from './dump-format.js';
import { PARTS_OF_DUMPS, type PartsOfDump } from './dump-parts.js';

/** Where a value goes. Key and dump are the command's own: the work may outlive its turn. */
export interface Restoring {
  readonly key: Bytes;
  readonly dump: Bytes;
  /** Unix time in milliseconds; 0: never. */
  readonly expiryMs: number;
}

/** Puts the value of a dump in the place of what is at the key. Throws a RespError as Redis does, or for a type that nodes do not keep. */
export function* restoring(context: Context, { key, dump, expiryMs }: Restoring): Steps {
  context.hold(key.length + dump.length);
  yield* checking(dump);
  const type = dump[0]!;
  try {
    if (type === RDB.STRING) restoreString(context, key, dump, expiryMs);
    else yield* restoringParts(context, { key, dump, expiryMs }, partsOf(type));
  } catch (error) {
    if (error instanceof UnreadableDump || error instanceof RangeError) throw badFormat();
    throw error;
  }
  return OK;
}

// ---

const CHECKED_BYTES_PER_STEP = 256 * 1024;

function* checking(dump: Bytes): Generator<undefined, void> {
  const wrong = new RespError('ERR DUMP payload version or checksum are wrong');
  if (dump.length <= FOOTER_BYTES) throw wrong;
  const bytes = Buffer.from(dump.buffer, dump.byteOffset, dump.length);
  if (!isReadableVersion(bytes.readUInt16LE(bytes.length - FOOTER_BYTES))) throw wrong;
  const end = bytes.length - 8;
  const checksum = new Checksum();
  for (let at = 0; at < end; at += CHECKED_BYTES_PER_STEP) {
    checksum.add(bytes.subarray(at, Math.min(end, at + CHECKED_BYTES_PER_STEP)));
    yield;
  }
  if (!checksum.whole().equals(bytes.subarray(end))) throw wrong;
}

function restoreString(context: Context, key: Bytes, dump: Bytes, expiryMs: number): void {
  const { keyspace, session, host } = context;
  const reader = new DumpReader(dump, host.bulkBytesMax);
  const value = new Uint8Array(reader.blob());
  if (!reader.isAtEnd) throw badFormat();
  if (expiryMs === 0) keyspace.set(session.database, key, value, 0);
  else setExpiring(context, key, value, expiryMs);
}

/** The greatest type of values in the dumps of Redis 7.0 to 8, and of Valkey. */
const TYPE_MAX = 32;
const OTHERS: ReadonlyMap<number, string> = new Map([
  ...[1, 10, 14, RDB.LIST].map((type): [number, string] => [type, 'a list']),
  ...[RDB.STREAM, RDB.STREAM_OF_CONSUMERS, 21].map((type): [number, string] => [type, 'a stream']),
  ...[6, 7].map((type): [number, string] => [type, 'a value of a module']),
  ...[22, 23, 24, 25].map((type): [number, string] => [type, 'a hash whose fields expire']),
]);

function partsOf(type: number): PartsOfDump {
  const parts = PARTS_OF_DUMPS.get(type);
  if (parts !== undefined) return parts;
  if (type > TYPE_MAX) throw badFormat();
  const what = OTHERS.get(type) ?? `of type ${type}`;
  throw new RespError(`ERR the payload is ${what}, and this node keeps strings, hashes, sets and sorted sets`);
}

/** It is read to its end before anything is written: a broken dump changes nothing. */
function* restoringParts(
  { keyspace, session: { database }, host }: Context,
  { key, dump, expiryMs }: Restoring,
  { kind, tell }: PartsOfDump,
): Generator<undefined, void> {
  let nameBytes = 0;
  const reader = new DumpReader(dump, host.bulkBytesMax);
  yield* tell(reader, (name) => {
    nameBytes = Math.max(nameBytes, name.length);
  });
  if (!reader.isAtEnd) throw badFormat();
  keyspace.admitWrites(key.length + nameBytes);
  const isPast = expiryMs !== 0 && expiryMs <= keyspace.nowMs();
  keyspace.delete(database, key, !isPast);
  if (isPast) return;
  yield* tell(new DumpReader(dump, host.bulkBytesMax), (name, value) => {
    keyspace.putPart(database, key, kind, name, value);
  });
  if (expiryMs !== 0) keyspace.touch(database, key, expiryMs);
}
