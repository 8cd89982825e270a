import type { Redis } from 'ioredis';
import { mapReplyError, withClient } from '../admin/client.js';

/** Use a node through ordinary Redis commands in one database, with its errors made readable. */
export async function withDatabase<T>(
  address: string,
  database: number,
  use: (redis: Redis, address: string) => Promise<T>,
): Promise<T> {
  return withClient(address, async (client) => {
    try {
      if (database !== 0) await client.redis.select(database);
      return await use(client.redis, client.address);
    } catch (error) {
      throw mapReplyError(client.address, error);
    }
  });
}
