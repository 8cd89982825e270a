import type { Redis } from 'ioredis';
import { mapReplyError } from '../../admin/client/client.js';
import { whileAnswering } from '../../admin/client/patience.js';
import { connectRedis } from '../../admin/client/redis.js';

/** Use a node through ordinary Redis commands in one database, with its errors made readable. */
export async function withDatabase<T>(
  address: string,
  database: number,
  use: (redis: Redis, address: string) => Promise<T>,
): Promise<T> {
  const { redis, name } = await connectRedis(address);
  try {
    return await whileAnswering(
      name,
      inDatabase(redis, database, () => use(redis, name)),
    );
  } catch (error) {
    throw mapReplyError(name, error);
  } finally {
    redis.disconnect();
  }
}

async function inDatabase<T>(redis: Redis, database: number, use: () => Promise<T>): Promise<T> {
  if (database !== 0) await redis.select(database);
  return use();
}
