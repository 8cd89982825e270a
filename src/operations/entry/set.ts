import { withDatabase } from '../common/data-connection.js';
import { textOf } from '../common/text-bytes.js';

export interface EntrySetResult {
  database: number;
  key: string | null;
  keyBase64: string;
  valueBytes: number;
  ttlMs: number | null;
}

/** Write one value on one node; replication takes it from there. Without a lifetime it stays until it is deleted. */
export async function entrySet(
  address: string,
  database: number,
  key: Buffer,
  value: Buffer,
  ttlMs: number | null,
): Promise<EntrySetResult> {
  return withDatabase(address, database, async (redis) => {
    if (ttlMs === null) await redis.set(key, value);
    else await redis.set(key, value, 'PX', ttlMs);
    return { database, key: textOf(key), keyBase64: key.toString('base64'), valueBytes: value.length, ttlMs };
  });
}
