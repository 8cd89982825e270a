import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { checkRedis } from '../../src/engines/redis/check.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { until } from '../bench/probes.js';
import { redisServerVersion } from '../bench/redis-server.js';
import { redisBehindProxies } from './behind-proxy.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const site = sitesOfTests();
const redisBehindProxy = redisBehindProxies();

async function statistic({ redis }: Pick<TestSite, 'redis'>, name: string): Promise<string> {
  return new RegExp(`^${name}:(.*)$`, 'm').exec(await redis.info('everything'))?.[1]?.trim() ?? '';
}

function refusalOf(url: string): Promise<unknown> {
  return checkRedis(parseTarget(url), () => {}).catch((error: unknown) => error);
}

const valkey = redisServerVersion('valkey-server') === null ? [] : ['valkey-server'];

whereRedis('a node that hears of changes as a replica does', () => {
  describe.each([undefined, ...valkey])('beside %s', (program) => {
    const beside = (name: string): TestSite =>
      site(name, { capture: 'replica', ...(program === undefined ? {} : { program }) });

    test('replicates values of all types both ways, their expiry and their deletes', async () => {
      const [a, b] = [beside('a'), beside('b')];
      await a.start();
      await b.start(a);
      await a.redis.mset('s', '1', 't', '2');
      await a.redis.set('e', 'x', 'PX', 3_600_000);
      await a.redis.eval("redis.call('RPUSH', 'l', '1') redis.call('HSET', 'h', 'f', 'v') return 1", 0);
      await b.redis.multi().zadd('z', 1, 'm').incr('n').exec();
      await b.redis.getset('s', '3');
      expect(Object.keys(await untilEqual(a, b)).sort()).toEqual(['e', 'h', 'l', 'n', 's', 't', 'z']);
      await b.redis.del('s', 'h');
      await a.redis.rename('t', 'u');
      expect(Object.keys(await untilEqual(a, b)).sort()).toEqual(['e', 'l', 'n', 'u', 'z']);
      await a.redis.flushall();
      await until('b is empty', async () => (await b.redis.dbsize()) === 0);
    });

    test('sees what the tracking does not: the target of a MOVE, a swap of databases, the state of consumer groups', async () => {
      const [a, b] = [beside('a'), beside('b')];
      await a.start();
      await b.start(a);
      await a.redis.xadd('stream', '1-1', 'f', 'v');
      await untilEqual(a, b);
      await a.redis.xgroup('CREATE', 'stream', 'readers', '0');
      await until('b has the group', async () => ((await b.redis.xinfo('GROUPS', 'stream')) as unknown[]).length === 1);
      const other = a.redis.duplicate({ db: 3 });
      await other.set('moved', '1');
      await other.move('moved', 0);
      await until('b has the moved key', async () => (await b.redis.get('moved')) === '1');
      await other.set('swapped', '1');
      await other.call('SWAPDB', '0', '3');
      other.disconnect();
      await until('b has the swapped database', async () => String(await b.redis.keys('*')) === 'swapped');
      await untilEqual(a, b);
    });
  });

  test('reads no string that was set, nor what it wrote itself', async () => {
    const [a, b] = [site('a', { capture: 'replica' }), site('b', { capture: 'replica' })];
    await a.start();
    await b.start(a);
    await a.redis.set('first', 'x');
    await untilEqual(a, b);
    const calls = async (): Promise<string[]> =>
      Promise.all([a, b].map(async (one) => (await statistic(one, 'cmdstat_mget')).split(',')[0]!));
    const before = await calls();
    for (let i = 0; i < 300; i++) await a.redis.set(`key ${i}`, `value ${i}`);
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(301);
    expect(await calls()).toEqual(before);
    expect([a.status.counters.captured, b.status.counters.captured]).toEqual([301, 0]);
  });

  test('has its server fork once, and not again while that keeps a backlog', async () => {
    const a = site('a', { capture: 'replica' });
    await a.start();
    expect(await statistic(a, 'total_forks')).toBe('1');
    await a.stopNode();
    await a.redis.set('meanwhile', 'x');
    await a.startNode();
    await until('it was found', async () => a.node.core.status.data.store.liveCount(0) === 1);
    expect(await statistic(a, 'total_forks')).toBe('1');
  });

  test('is no replica for WAIT, and does not hold up the end of its server', async () => {
    const a = site('a', { capture: 'replica', flags: ['--save', '', '--shutdown-timeout', '60'] });
    await a.start();
    await a.redis.set('key', 'x');
    expect(await a.redis.wait(1, 300)).toBe(0);
    const ended = once(a.redis, 'close');
    const startedMs = performance.now();
    void a.redis.call('SHUTDOWN').catch(() => {});
    await ended;
    expect(performance.now() - startedMs).toBeLessThan(15_000);
  });

  test('takes no eviction for a delete, and a delete for one; where one key met both it says so', async () => {
    const flags = ['--save', '', '--maxmemory-policy', 'allkeys-random', '--notify-keyspace-events', 'Ee'];
    const { redis, url, proxy } = await redisBehindProxy(flags);
    const [a, b] = [site('a', { servers: { url, connect: () => redis }, capture: 'replica' }), site('b')];
    await a.start();
    await b.start(a);
    const names = Array.from({ length: 2000 }, (_, i) => `key ${i}`);
    await redis.mset(Object.fromEntries(names.map((key) => [key, 'v'.repeat(300)])));
    await untilEqual(a, b);
    await redis.del('key 0', 'key 1');
    await until('b has the deletes', async () => (await b.redis.dbsize()) === 1998);
    const evict = async (): Promise<string[]> => {
      const before = await redis.keys('*');
      const used = Number(await statistic({ redis }, 'used_memory'));
      await redis.config('SET', 'maxmemory', String(used - 100_000));
      await redis.set('tmp', 'x');
      await redis.config('SET', 'maxmemory', '0');
      // It may have been the one that was evicted.
      await redis.set('tmp', 'x');
      const left = new Set(await redis.keys('*'));
      return before.filter((key) => !left.has(key));
    };
    const evicted = await evict();
    expect(evicted.length).toBeGreaterThan(10);
    await until('all is looked at', async () => a.status.evictedKeys === evicted.length && a.status.toRead === 0);
    expect(await b.redis.exists(...evicted)).toBe(evicted.length);
    // Looked at in between, the order is known.
    await redis.set(evicted[0]!, 'again');
    await until('b has it', async () => (await b.redis.get(evicted[0]!)) === 'again');
    await redis.del(evicted[0]!);
    await until('b has the delete', async () => (await b.redis.exists(evicted[0]!)) === 0);
    // Not looked at in between.
    const held = proxy.holdBefore('EVALSHA');
    await redis.hset('hash', 'f', 'v');
    const release = await held;
    const [both] = await evict();
    await redis.set(both!, 'again');
    await redis.del(both!);
    release();
    await until('it is in doubt', async () => JSON.stringify(a.status.obstacles).includes('both evicted and deleted'));
    expect(await b.redis.exists(both!)).toBe(1);
  });

  test('is refused with what it lacks, before anything is done', async () => {
    const a = site('a');
    await a.startRedis();
    const url = `redis://weak:x@127.0.0.1:${a.server.port}/0?capture=replica`;
    await a.redis.call('ACL', 'SETUSER', 'weak', 'on', '>x', '~*', '&*', '+@all', '-psync', '-replconf');
    expect(await refusalOf(url)).toMatchObject({
      code: 'refused',
      hint: expect.stringMatching(/^redis-cli -h 127\.0\.0\.1 -p \d+ ACL SETUSER weak \+replconf \+psync$/),
    });
    await a.redis.call('ACL', 'SETUSER', 'weak', '+psync', '+replconf');
    expect(await refusalOf(url)).toBeUndefined();
    await a.redis.config('SET', 'min-replicas-to-write', '1');
    expect(await refusalOf(url)).toMatchObject({ message: expect.stringContaining('min-replicas-to-write') });
    for (const wrong of ['redis+sentinel://h/m?capture=replica', 'redis+cluster://h?capture=replica'])
      expect(() => parseTarget(wrong)).toThrow(/does not take \?capture/);
    expect(() => parseTarget('redis://h?capture=magic')).toThrow(/"magic" is no way to capture/);
    expect(() => parseTarget('redis://h?captur=replica')).toThrow(/option "captur"/);
  });

  test('is refused by a server that has no such command, with the way that it has', async () => {
    const a = site('a', { flags: ['--save', '', '--rename-command', 'PSYNC', ''] });
    await a.startRedis();
    const refusal = await refusalOf(`redis://127.0.0.1:${a.server.port}?capture=replica`);
    expect(refusal).toMatchObject({
      code: 'refused',
      message: expect.stringMatching(/replication stream: ERR unknown command 'PSYNC'/),
      hint: expect.stringContaining('leave ?capture=replica out'),
    });
  });

  test('compares all keys when the stream was lost', async () => {
    const { redis, url, proxy } = await redisBehindProxy();
    const [a, b] = [site('a', { servers: { url, connect: () => redis }, capture: 'replica' }), site('b')];
    await a.start();
    await b.start(a);
    await redis.mset('stays', '1', 'goes', '1', 'changes', '1');
    await untilEqual(a, b);
    proxy.cut();
    await redis.mset('changes', '2', 'new', '1');
    await redis.del('goes');
    proxy.open();
    await until('b has all', async () => String((await b.redis.keys('*')).sort()) === 'changes,new,stays');
    expect((await untilEqual(a, b)).changes).toContain('2');
  });
});
