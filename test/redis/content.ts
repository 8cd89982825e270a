import { Cluster, type Redis } from 'ioredis';

/** All that a Redis holds, read by type: the same value may be dumped differently by two servers. */
export async function contentOf(redis: Redis): Promise<Record<string, unknown>> {
  const servers = redis instanceof Cluster ? await mastersOf(redis as Cluster) : [redis];
  const keys = (await Promise.all(servers.map((server) => server.keys('*')))).flat().sort();
  const content: Record<string, unknown> = {};
  for (const key of keys) content[key] = await valueAt(redis, key);
  return content;
}

/** A connection to a Redis Cluster has the same methods, for keys anywhere; what keys there are each of its masters knows. */
async function mastersOf(cluster: Cluster): Promise<Redis[]> {
  await new Promise<void>((resolve) => cluster.refreshSlotsCache(() => resolve()));
  return cluster.nodes('master');
}

async function valueAt(redis: Redis, key: string): Promise<unknown> {
  const type = await redis.type(key);
  const expiry = await redis.pexpiretime(key);
  const read: Record<string, () => Promise<unknown>> = {
    string: () => redis.getBuffer(key).then((value) => value?.toString('latin1')),
    hash: async () => Object.entries(await redis.hgetall(key)).sort(),
    list: () => redis.lrange(key, 0, -1),
    set: async () => (await redis.smembers(key)).sort(),
    zset: () => redis.zrange(key, '0', '-1', 'WITHSCORES'),
    stream: () => redis.xrange(key, '-', '+'),
  };
  return [type, expiry, await read[type]?.()];
}
