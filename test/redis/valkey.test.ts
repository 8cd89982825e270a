import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { redisServerVersion } from '../bench/redis-server.js';
import { Prng } from '../sim/prng.js';
import { writeRandom } from './random-writes.js';
import { hasRedis, TestSite, untilEqual } from './sites.js';

const version = redisServerVersion('valkey-server');
if (version === null) console.warn('valkey-server is not installed: a Redis site with a Valkey site is left out');

const whereBoth = hasRedis && version !== null ? describe : describe.skip;

/** Values in every encoding that differs between the servers, small and large. */
async function writeAll({ redis }: TestSite, by: string): Promise<void> {
  const many = Array.from({ length: 1000 }, (_, i) => `${by} ${i}`);
  await redis.set(`string of ${by}`, Buffer.from([0, 255, 10, 13]), 'PX', 3_600_000);
  for (const [name, members] of Object.entries({ small: many.slice(0, 5), large: many })) {
    await redis.hset(`${name} hash of ${by}`, Object.fromEntries(members.map((member, i) => [member, String(i - 2)])));
    await redis.sadd(`${name} set of ${by}`, ...members, '-7', '300', '-70000', String(2n ** 40n));
    await redis.zadd(`${name} zset of ${by}`, ...members.flatMap((member, i) => [i / 4 - 1, member]), 'inf', 'last');
    await redis.rpush(`${name} list of ${by}`, ...members, '12', 'x'.repeat(10_000));
  }
  await redis.sadd(`numbers of ${by}`, 1, -2, 70_000);
  await redis.pfadd(`hyperloglog of ${by}`, ...many);
  const stream = `stream of ${by}`;
  for (const member of many.slice(0, 200)) await redis.xadd(stream, '*', 'field', member, 'same', 'x');
  await redis.xgroup('CREATE', stream, 'readers', '0');
  await redis.xreadgroup('GROUP', 'readers', 'a consumer', 'COUNT', 3, 'STREAMS', stream, '>');
  await redis.xadd(stream, '*', 'field', 'the last');
}

whereBoth('a site with a Redis and a site with a Valkey', () => {
  const [redis, valkey] = [new TestSite('redis'), new TestSite('valkey', { program: 'valkey-server' })];

  beforeAll(async () => {
    await redis.start();
    await valkey.start(redis);
  });

  afterAll(async () => {
    await Promise.all([redis.close(), valkey.close()]);
  });

  test('are named as what they are', () => {
    expect(valkey.status).toMatchObject({ product: 'Valkey', version });
  });

  test('exchange values of every type, which are not captured where they were applied', async () => {
    await writeAll(redis, 'redis');
    await writeAll(valkey, 'valkey');
    const content = await untilEqual(redis, valkey);
    expect(Object.keys(content)).toHaveLength(24);
    expect((await valkey.redis.xpending('stream of redis', 'readers'))[0]).toBe(3);
    expect((await redis.redis.xpending('stream of valkey', 'readers'))[0]).toBe(3);
    for (const { status } of [redis, valkey]) expect(status).toMatchObject({ refusedKeys: 0, problem: null });
    const captured = [redis, valkey].map(({ status }) => status.counters.captured);
    await redis.redis.set('one more', 'x');
    await untilEqual(redis, valkey);
    expect([redis, valkey].map(({ status }) => status.counters.captured)).toEqual([captured[0]! + 1, captured[1]]);
  });

  test('are compared by content after a restart of their nodes: what nobody changed counts as unchanged', async () => {
    await redis.stopNode();
    await valkey.stopNode();
    await valkey.redis.sadd('small set of redis', 'by valkey');
    await redis.redis.hdel('small hash of valkey', 'valkey 1');
    await redis.startNode();
    await valkey.startNode();
    const content = await untilEqual(redis, valkey);
    expect(JSON.stringify(content['small set of redis'])).toContain('by valkey');
    expect(JSON.stringify(content['small hash of valkey'])).not.toContain('valkey 1');
    expect([redis, valkey].map(({ status }) => status.counters.captured)).toEqual([1, 1]);
  });

  test('a write of a peer is applied right after a restart of the node, before the key was compared', async () => {
    await valkey.stopNode();
    await redis.redis.hset('large hash of redis', 'field', 'while it was away');
    await redis.redis.del('small list of valkey');
    await valkey.startNode();
    const content = await untilEqual(redis, valkey);
    expect(JSON.stringify(content['large hash of redis'])).toContain('while it was away');
    expect(content).not.toHaveProperty(['small list of valkey']);
    expect(valkey.status.counters).toMatchObject({ captured: 0, overtaken: 0 });
  });

  test('hold the same after random writes to the same keys of all types', async () => {
    const writeSome = async ({ redis: client }: TestSite, seed: number): Promise<void> => {
      const random = new Prng(seed);
      for (let i = 0; i < 500; i++) await writeRandom(client, random);
    };
    await Promise.all([writeSome(redis, 1), writeSome(valkey, 2)]);
    await untilEqual(redis, valkey);
  });

  test('a Valkey that comes back empty has lost its data, and gets it back from the node', async () => {
    const before = await untilEqual(redis, valkey);
    await valkey.server.kill();
    await valkey.startRedis();
    await valkey.untilAttached();
    expect(valkey.status).toMatchObject({ state: 'held', held: { missing: Object.keys(before).length } });
    valkey.node.bridge!.restore();
    expect(await untilEqual(redis, valkey)).toEqual(before);
  });
});
