import { expect, jest, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { NO_PERSISTENCE } from '../bench/redis-server.js';
import { sitesOfTests, type TestSite, whereRedis } from './sites.js';

jest.setTimeout(300_000);

const site = sitesOfTests();
const FIELDS = 100_000;
const MEMBERS = 20_000;
/** Redis sums up all that it has. */
const DIGESTS = { flags: [...NO_PERSISTENCE, '--enable-debug-command', 'yes'] } as const;

whereRedis('a large collection that its application changes while it is read', () => {
  test('is the same on both sites in the end: a hash, a set and a sorted set, with all that was added, changed and deleted', async () => {
    const [a, b] = [site('a', DIGESTS), site('b', DIGESTS)];
    await a.start();
    await b.start(a);
    await fill(FIELDS, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await fill(MEMBERS, (from, to) => a.redis.sadd('set', ...each(from, to, nameOf)));
    await fill(MEMBERS, (from, to) => a.redis.zadd('zset', ...each(from, to, scoreOf).flat()));
    await untilSame(a, b);
    const before = await Promise.all([a, b].map(dumpsOf));
    // What is deleted is not brought back by a read that came to it before.
    for (let i = 0; i < 400; i++) {
      await a.redis
        .multi()
        .hset('hash', nameOf(17 * i), `changed ${i}`, `new ${i}`, '')
        .hdel('hash', nameOf(17 * i + 1), `new ${i - 10}`)
        .srem('set', nameOf(7 * i), `new ${i - 10}`)
        .sadd('set', `new ${i}`)
        .zadd('zset', -i, nameOf(7 * i))
        .zrem('zset', nameOf(7 * i + 1))
        .exec();
      if (i % 10 === 0) await b.redis.hset('hash', nameOf(17 * i + 2), 'by b');
    }
    await untilSame(a, b);
    for (const { redis } of [a, b]) {
      expect(await redis.hlen('hash')).toBe(FIELDS - 400 + 10);
      expect(await redis.hget('hash', nameOf(17 * 399))).toBe('changed 399');
      expect(await redis.hget('hash', nameOf(17 * 390 + 2))).toBe('by b');
      expect(await redis.scard('set')).toBe(MEMBERS - 400 + 10);
      expect([await redis.zcard('zset'), await redis.zcount('zset', '-inf', -1)]).toEqual([MEMBERS - 400, 399]);
    }
    // One of the hash would take some fifty milliseconds, in which Redis does nothing else.
    expect(await Promise.all([a, b].map(dumpsOf))).toEqual(before);
  });

  test('is deleted, or replaced by a value of another type, and is so at the other site', async () => {
    const [a, b] = [site('a', DIGESTS), site('b', DIGESTS)];
    await a.start();
    await b.start(a);
    for (const key of ['deleted', 'replaced', 'renamed'])
      await fill(MEMBERS, (from, to) => a.redis.hset(key, Object.fromEntries(each(from, to, fieldOf))));
    await untilSame(a, b);
    for (const key of ['deleted', 'replaced', 'renamed']) await a.redis.hset(key, 'one more', '1');
    await a.redis.del('deleted');
    await a.redis.set('replaced', 'a string');
    await a.redis.rename('renamed', 'another');
    await until(
      'b has it',
      async () => {
        const types = await Promise.all(['deleted', 'replaced', 'renamed', 'another'].map((key) => b.redis.type(key)));
        return types.join() === 'none,string,none,hash';
      },
      LONG,
    );
    await untilSame(a, b);
    expect(await b.redis.exists('deleted', 'renamed')).toBe(0);
    expect(await b.redis.get('replaced')).toBe('a string');
    // And back, at a site that holds what the other has replaced.
    await b.redis.del('another');
    await until('a has it', async () => (await a.redis.exists('another')) === 0, LONG);
    await untilSame(a, b);
    expect((await a.redis.keys('*')).sort()).toEqual(['replaced']);
  });

  test('is compared in slices after a start of its node, and is no change where nothing has', async () => {
    const [a, b] = [site('a', DIGESTS), site('b', DIGESTS)];
    await a.start();
    await b.start(a);
    await fill(MEMBERS, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await untilSame(a, b);
    await b.stopNode();
    await a.redis.hset('hash', nameOf(1), 'by a');
    await b.redis.hset('hash', nameOf(2), 'by b');
    await b.redis.hdel('hash', nameOf(3));
    const before = await Promise.all([a, b].map(dumpsOf));
    await b.startNode();
    await untilSame(a, b);
    for (const { redis } of [a, b])
      expect(await redis.hmget('hash', nameOf(1), nameOf(2), nameOf(3))).toEqual(['by a', 'by b', null]);
    expect(b.status.counters.captured).toBe(1);
    await b.stopNode();
    await b.startNode();
    await untilSame(a, b);
    expect(b.status.counters.captured).toBe(0);
    // One of the hash would take some fifty milliseconds, in which Redis does nothing else.
    expect(await Promise.all([a, b].map(dumpsOf))).toEqual(before);
  });
});

// ---------------------------------------------------------------------------------------------------------------------

const LONG = { timeoutMs: 120_000, pollMs: 100 } as const;

function nameOf(i: number): string {
  return `name ${i}`;
}

function fieldOf(i: number): [string, string] {
  return [nameOf(i), `value of ${i}`];
}

function scoreOf(i: number): [string, string] {
  return [String(i / 10), nameOf(i)];
}

function each<T>(from: number, to: number, of: (i: number) => T): T[] {
  return Array.from({ length: to - from }, (_, i) => of(from + i));
}

async function fill(count: number, add: (from: number, to: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < count; from += 500) await add(from, Math.min(count, from + 500));
}

/** How often a server was asked for all of a value that is no string. */
async function dumpsOf({ redis }: TestSite): Promise<number> {
  const stats = await redis.info('commandstats');
  return Number(/^cmdstat_dump:calls=([0-9]+)/m.exec(stats)?.[1] ?? 0);
}

async function untilSame(a: TestSite, b: TestSite): Promise<void> {
  const isQuiet = ({ status }: TestSite): boolean =>
    status.toRead + status.toWrite === 0 && status.scan === null && status.state === 'attached';
  await until(
    'both hold the same',
    async () => {
      if (!isQuiet(a) || !isQuiet(b)) return false;
      const [one, other] = await Promise.all([a, b].map(({ redis }) => redis.call('DEBUG', 'DIGEST')));
      return isQuiet(a) && isQuiet(b) && one === other;
    },
    LONG,
  );
}
