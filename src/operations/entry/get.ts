import { withDatabase } from '../common/data-connection.js';
import { textOf } from '../common/text-bytes.js';

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
}

/** Read one value from one node, with its expiry. */
export async function entryGet(address: string, database: number, key: Buffer): Promise<EntryValue> {
  return withDatabase(address, database, async (redis) => {
    const [value, ttlMs] = await Promise.all([redis.getBuffer(key), redis.pttl(key)]);
    return {
      database,
      key: textOf(key),
      keyBase64: key.toString('base64'),
      found: value !== null,
      value: value === null ? null : textOf(value),
      valueBase64: value?.toString('base64') ?? null,
      expiryMs: value !== null && ttlMs >= 0 ? Date.now() + ttlMs : null,
    };
  });
}
