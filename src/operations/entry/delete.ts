import { withDatabase } from '../common/data-connection.js';

export interface EntryDeleteResult {
  database: number;
  keys: number;
  /** How many of the keys there were. */
  deleted: number;
}

/** Delete keys on one node. Keys that do not exist are counted. */
export async function entryDelete(address: string, database: number, keys: Buffer[]): Promise<EntryDeleteResult> {
  return withDatabase(address, database, async (redis) => {
    const deleted = await redis.del(...keys);
    return { database, keys: keys.length, deleted };
  });
}
