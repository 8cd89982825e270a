import { expect, jest, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { sitesOfTests, type TestSite, whereRedis } from './sites.js';

jest.setTimeout(240_000);

const site = sitesOfTests();
const FIELDS = 10_000;
const MEMBERS = 5000;

whereRedis('large collections that two sites change', () => {
  test('keep what each changed in them while the two were cut off, in a hash of many fields, a set and a sorted set', async () => {
    const [a, b] = [site('a', { settings: SETTINGS }), site('b', { settings: SETTINGS })];
    await a.start();
    await b.start(a);
    await fill(FIELDS, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await fill(MEMBERS, (from, to) => a.redis.sadd('set', ...each(from, to, nameOf)));
    await fill(MEMBERS, (from, to) => a.redis.zadd('zset', ...each(from, to, scoreOf).flat()));
    await untilSame(a, b);
    cut([a, b]);
    await until('each has declared the other down', async () =>
      [a, b].every(({ node }) => node.core.status.separations.list().length === 1),
    );
    for (const [one, at] of [
      [a, 0],
      [b, 1],
    ] as const) {
      const { redis, name } = one;
      const own = (i: number): number => 4 * i + at;
      await redis.hset('hash', Object.fromEntries(each(0, 1500, (i) => [nameOf(own(i)), `by ${name}`])));
      await redis.hdel('hash', ...each(1500, 2000, (i) => nameOf(own(i))));
      await redis.hset('hash', `new of ${name}`, '1');
      await redis.srem('set', ...each(0, 100, (i) => nameOf(own(i))));
      await redis.sadd('set', `new of ${name}`);
      await redis.zadd('zset', ...each(0, 100, (i) => [String(1000 + at), nameOf(own(i))]).flat());
      await redis.zrem('zset', ...each(100, 200, (i) => nameOf(own(i))));
    }
    for (const { node } of [a, b]) node.core.operator.cut([]);
    await until('b has heard of a, and a of b', async () => {
      const [one, other] = [await a.redis.hexists('hash', 'new of b'), await b.redis.hexists('hash', 'new of a')];
      return one + other === 2;
    });
    await untilSame(a, b);
    const hash = await a.redis.hgetall('hash');
    expect(Object.keys(hash).length).toBe(FIELDS - 1000 + 2);
    const values = Object.values(hash);
    expect(['by a', 'by b'].map((text) => values.filter((value) => value === text).length)).toEqual([1500, 1500]);
    expect(await a.redis.scard('set')).toBe(MEMBERS - 200 + 2);
    expect([await a.redis.zcard('zset'), await a.redis.zcount('zset', 1000, 1001)]).toEqual([MEMBERS - 200, 200]);
  });

  test('keep what its application changed in a hash while the node was stopped, and what the other site did', async () => {
    const [a, b] = [site('a', { settings: SETTINGS }), site('b', { settings: SETTINGS })];
    await a.start();
    await b.start(a);
    await fill(MEMBERS, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await untilSame(a, b);
    await b.stopNode();
    await a.redis.hset('hash', Object.fromEntries(each(0, 1500, (i) => [nameOf(2 * i), 'by a'])));
    await b.redis.hdel('hash', ...each(0, 1500, (i) => nameOf(2 * i + 1)));
    await until('a has read it', async () => a.status.toRead === 0);
    await b.startNode();
    await until('a has heard of b', async () => (await a.redis.hlen('hash')) === MEMBERS - 1500);
    await untilSame(a, b);
    const values = Object.values(await b.redis.hgetall('hash'));
    expect(values.filter((value) => value === 'by a').length).toBe(1500);
  });

  test('are written in pieces, between which Redis serves others, and hold then what the other site has', async () => {
    const [a, b] = [site('a', { settings: SETTINGS }), site('b', { settings: SETTINGS })];
    await a.start();
    await b.start(a);
    await fill(FIELDS, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await untilSame(a, b);
    await b.redis.config('SET', 'slowlog-log-slower-than', '0', 'slowlog-max-len', '100000');
    cut([a, b]);
    await fill(FIELDS, (from, to) =>
      a.redis.hset('hash', Object.fromEntries(each(from, to, (i) => [nameOf(i), 'new']))),
    );
    await a.redis.hdel('hash', ...each(0, 100, nameOf));
    for (const { node } of [a, b]) node.core.operator.cut([]);
    await untilSame(a, b);
    expect(await b.redis.hlen('hash')).toBe(FIELDS - 100);
    expect(Math.max(...(await lengthsOf(b.redis, 'HSET')))).toBeLessThanOrEqual(2 + 2 * 512);
  });

  test('that expire are written with all that was changed, however many arguments that takes', async () => {
    const [a, b] = [site('a', { settings: SETTINGS }), site('b', { settings: SETTINGS })];
    await a.start();
    await b.start(a);
    const fields = 40_000;
    await fill(fields, (from, to) => a.redis.hset('hash', Object.fromEntries(each(from, to, fieldOf))));
    await a.redis.pexpireat('hash', Date.now() + 3_600_000);
    await untilSame(a, b);
    await b.stopNode();
    await fill(fields, (from, to) =>
      a.redis.hset('hash', Object.fromEntries(each(from, to, (i) => [nameOf(i), 'new']))),
    );
    await until('a has read it', async () => a.status.toRead === 0);
    await b.startNode();
    await until('b has the last one', async () => (await b.redis.hget('hash', nameOf(fields - 1))) === 'new', LONG);
    await untilSame(a, b);
    expect(b.status.problem ?? null).toBeNull();
    expect(new Set(Object.values(await b.redis.hgetall('hash')))).toEqual(new Set(['new']));
  });

  test('are compared element by element also where they take more than 8 MiB', async () => {
    const [a, b] = [site('a', { settings: SETTINGS }), site('b', { settings: SETTINGS })];
    await a.start();
    await b.start(a);
    await a.redis.hset('hash', Object.fromEntries(each(0, 1200, (i) => [nameOf(i), nameOf(i).padEnd(9000, '.')])));
    await untilSame(a, b);
    await Promise.all([a.redis.hset('hash', 'of a', '1'), b.redis.hset('hash', 'of b', '1')]);
    await Promise.all([a.redis.hdel('hash', nameOf(1)), b.redis.hdel('hash', nameOf(2))]);
    await until('each has that of the other', async () => {
      const found = await Promise.all([a, b].map(({ redis }) => redis.hmget('hash', 'of a', 'of b')));
      return found.flat().every((value) => value === '1');
    });
    await untilSame(a, b);
    expect([await a.redis.hlen('hash'), await b.redis.hlen('hash')]).toEqual([1200, 1200]);
  });
});

// ---------------------------------------------------------------------------------------------------------------------

const SETTINGS = { 'on-heal': 'merge', 'failure-timeout': 1500 } as const;
const KEYS = ['hash', 'set', 'zset'];
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

function cut(sites: readonly TestSite[]): void {
  for (const { node } of sites)
    node.core.operator.cut(sites.filter((other) => other.node !== node).map((other) => other.node.identity.replica));
}

async function untilSame(a: TestSite, b: TestSite): Promise<void> {
  const isQuiet = ({ status }: TestSite): boolean => status.toRead + status.toWrite === 0;
  const contentsOf = (redis: Redis) => Promise.all(KEYS.map((key) => contentOf(redis, key)));
  await until(
    'both hold the same',
    async () => {
      if (!isQuiet(a) || !isQuiet(b)) return false;
      const [one, other] = await Promise.all([contentsOf(a.redis), contentsOf(b.redis)]);
      return isQuiet(a) && isQuiet(b) && JSON.stringify(one) === JSON.stringify(other);
    },
    { timeoutMs: 120_000, pollMs: 100 },
  );
}

/** Of how many words the commands of this name were, in the slow log. */
async function lengthsOf(redis: Redis, name: string): Promise<number[]> {
  const rows = (await redis.call('SLOWLOG', 'GET', '-1')) as [number, number, number, string[]][];
  return rows.flatMap(([, , , words]) => {
    if (words[0]?.toUpperCase() !== name) return [];
    // Of a long one the last word tells how many more there are.
    const more = /^\.\.\. \((\d+) more arguments\)$/.exec(words.at(-1)!)?.[1];
    return [more === undefined ? words.length : words.length - 1 + Number(more)];
  });
}

async function contentOf(redis: Redis, key: string): Promise<readonly unknown[]> {
  switch (await redis.type(key)) {
    case 'hash':
      return Object.entries(await redis.hgetall(key)).sort();
    case 'set':
      return (await redis.smembers(key)).sort();
    case 'zset':
      return await redis.zrange(key, '0', '-1', 'WITHSCORES');
    default:
      return [];
  }
}
