import { withDatabase } from '../common/data-connection.js';
import { textOf } from '../common/text-bytes.js';
import { type CollectionParts, readParts } from './parts.js';

export interface EntryValue {
  database: number;
  /** null: not valid UTF-8, as is `value`; the base64 fields always hold the bytes. */
  key: string | null;
  keyBase64: string;
  found: boolean;
  value: string | null;
  valueBase64: string | null;
  /** Unix milliseconds; null: never, or not found. */
  expiryMs: number | null;
  /** Of a hash, a set or a sorted set, which has no value. */
  collection: CollectionParts | null;
}

/** Parts of a collection that are read. */
const PARTS_MAX = 1000;

/** Read one value from one node, with its expiry; of a hash, a set or a sorted set its first parts. */
export async function entryGet(address: string, database: number, key: Buffer): Promise<EntryValue> {
  return withDatabase(address, database, async (redis) => {
    const [read, expiryMs] = await Promise.all([redis.getBuffer(key).catch(ofOtherType), redis.pexpiretime(key)]);
    const collection = read === undefined ? await readParts(redis, key, PARTS_MAX) : null;
    const value = read ?? null;
    const found = value !== null || collection !== null;
    return {
      database,
      key: textOf(key),
      keyBase64: key.toString('base64'),
      found,
      value: value === null ? null : textOf(value),
      valueBase64: value?.toString('base64') ?? null,
      expiryMs: found && expiryMs >= 0 ? expiryMs : null,
      collection,
    };
  });
}

function ofOtherType(error: unknown): undefined {
  if (!(error instanceof Error) || !error.message.startsWith('WRONGTYPE')) throw error;
  return undefined;
}
