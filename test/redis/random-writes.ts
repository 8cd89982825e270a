import type { Redis } from 'ioredis';
import { Prng } from '../sim/prng.js';

/** One random command of an application, of any type, on few keys that other sites write too. */
export async function writeRandom(redis: Redis, random: Prng): Promise<void> {
  const key = `key ${below(random, 40)}`;
  const value = `value ${below(random, 1000)}`;
  const member = `member ${below(random, 20)}`;
  const commands: (() => Promise<unknown>)[] = [
    () => redis.set(key, value),
    () => redis.set(key, value, 'PX', 60_000 + below(random, 60_000)),
    () => redis.del(key),
    () => redis.incr(`counter ${below(random, 5)}`),
    () => redis.append(key, member),
    () => redis.hset(`hash ${key}`, member, value),
    () => redis.hdel(`hash ${key}`, member),
    () => redis.sadd(`set ${key}`, member, value),
    () => redis.srem(`set ${key}`, member),
    () => redis.zadd(`zset ${key}`, below(random, 100) / 4, member),
    () => redis.lpush(`list ${key}`, value),
    () => redis.ltrim(`list ${key}`, 0, 5),
    () => redis.xadd(`stream ${key}`, 'MAXLEN', '10', '*', 'field', value),
    () => redis.expire(`hash ${key}`, 60 + below(random, 100)),
    () =>
      redis
        .multi()
        .set(key, value)
        .rename(key, `key ${below(random, 40)}`)
        .exec(),
    () =>
      redis.eval(
        "redis.call('SET', KEYS[1], ARGV[1]); redis.call('DEL', KEYS[2])",
        2,
        key,
        `key ${below(random, 40)}`,
        value,
      ),
  ];
  // A command for another type than the key has is an error of the application's own.
  await commands[below(random, commands.length)]!().catch(() => {});
}

/** Writes until it is told to stop, also while the Redis is away. */
export async function writeUntil(redis: Redis, seed: number, isOver: () => boolean): Promise<number> {
  const random = new Prng(seed);
  let writes = 0;
  while (!isOver()) {
    await writeRandom(redis, random);
    writes++;
  }
  return writes;
}

function below(random: Prng, limit: number): number {
  return random.between(0, limit - 1);
}
