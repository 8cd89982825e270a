import type { Redis } from 'ioredis';
import { mapReplyError } from '../admin/client.js';
import { connectRedis } from '../admin/redis.js';

/** Use a node through ordinary Redis commands in one database, with its errors made readable. */
export async function withDatabase<T>(
  address: string,
  database: number,
  use: (redis: Redis, address: string) => Promise<T>,
): Promise<T> {
  const { redis, name } = await connectRedis(address);
  try {
    if (database !== 0) await redis.select(database);
    return await use(redis, name);
  } catch (error) {
    throw mapReplyError(name, error);
  } finally {
    redis.disconnect();
  }
}
