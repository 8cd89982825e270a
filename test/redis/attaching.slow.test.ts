import { expect, test } from '@jest/globals';
import { checkRedis } from '../../src/engines/redis/check.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { until } from '../bench/probes.js';
import { contentOf, type SiteOptions, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const site = sitesOfTests();

whereRedis('a node beside a Redis', () => {
  test('replicates the keys with its prefix, in its database, and no others', async () => {
    const [a, b] = [site('a', { keys: 'session:*', database: 3 }), site('b', { database: 3 })];
    await a.start();
    await b.start(a);
    await a.redis.mset('session:1', 'x', 'session', 'x', 'other', 'x');
    await b.redis.mset('session:2', 'x', 'of b alone', 'x');
    await a.redis.select(0);
    await a.redis.set('session:3', 'in another database');
    await a.redis.select(3);
    await until('b has it', async () => (await b.redis.get('session:1')) !== null);
    await until('a has it', async () => (await a.redis.get('session:2')) !== null);
    expect(Object.keys(await contentOf(a.redis))).toEqual(['other', 'session', 'session:1', 'session:2']);
    expect(Object.keys(await contentOf(b.redis))).toEqual(['of b alone', 'session:1', 'session:2']);
  });

  test('takes in what the Redis holds already, and gives it what the cluster has', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.startRedis();
    await b.startRedis();
    await a.redis.mset('of a', 'x', 'of both', 'by a');
    await b.redis.hset('of b', 'field', 'x');
    await b.redis.set('of both', 'by b');
    await a.startNode();
    await b.startNode(a);
    const content = await untilEqual(a, b);
    expect(Object.keys(content)).toEqual(['of a', 'of b', 'of both']);
    expect(content['of both']).toEqual(['string', -1, 'by a']);
  });

  test('joins with an empty Redis while the cluster is written to, and loses nothing', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    const keys = Array.from({ length: 4000 }, (_, i) => `key ${i}`);
    await a.redis.mset(Object.fromEntries(keys.map((key) => [key, 'before'])));
    await until('a has read it', async () => a.node.core.status.data.store.liveCount() === keys.length);
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round++) {
        const slice = keys.filter((_, i) => i % 7 === round % 7);
        await a.redis.mset(Object.fromEntries(slice.map((key) => [key, `round ${round}`])));
      }
    })();
    await b.start(a);
    isOver = true;
    await writing;
    const values = async ({ redis }: TestSite) => JSON.stringify(await redis.mget(keys));
    await until('both hold the same', async () => (await values(a)) === (await values(b)), { timeoutMs: 10_000 });
    expect(await a.redis.dbsize()).toBe(keys.length);
    expect(b.status.counters.captured).toBe(0);
  });

  test.each([
    ['another database', { database: 1 } as SiteOptions],
    ['another prefix', { keys: 'user:*' } as SiteOptions],
  ])(
    'started again with %s is attached for the first time: nothing is deleted, nothing overridden',
    async (_what, other) => {
      const [a, b] = [site('a', { keys: 'k*' }), site('b', { keys: '*' })];
      await a.start();
      await b.start(a);
      await a.redis.mset(Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`key ${i}`, 'x'])));
      const before = await untilEqual(a, b);
      await a.stopNode();
      a.change(other);
      await a.redis.set('key 1', 'not seen');
      await a.redis.select(other.database ?? 0);
      await a.redis.mset('key 2', 'in another database', 'user:1', 'new');
      await a.redis.select(0);
      await a.startNode();
      if (other.keys !== undefined) await until('b has it', async () => (await b.redis.get('user:1')) === 'new');
      await a.stopNode();
      const { 'user:1': _new, ...after } = await contentOf(b.redis);
      expect(after).toEqual(before);
      // Back as it was, it finds what was written meanwhile, and cannot know which of the two is later.
      a.change({ keys: 'k*', database: 0 });
      await a.startNode();
      await until('a has what stands', async () => (await a.redis.get('key 1')) === 'x');
      expect(await b.redis.get('key 1')).toBe('x');
      await until('the other is set aside', async () => b.incidents()[0]?.kind === 'attach');
    },
  );

  test('takes writes on its own port too, and they reach the Redis', async () => {
    const a = await site('a').start();
    const { core } = a.node;
    core.write(Buffer.from('\0by the port'), Buffer.from('x'), 0);
    a.node.schedule();
    await until('it is applied', async () => a.status.counters.applied === 1);
    expect(await a.redis.get('by the port')).toBe('x');
    expect(a.status.counters).toMatchObject({ applied: 1, captured: 0 });
  });

  test('names a value that the Redis does not take, until there is another', async () => {
    const a = await site('a').start();
    const write = (value: string, type?: 1): void => {
      a.node.core.write(Buffer.from('\0of a newer server'), Buffer.from(value), 0, type);
      a.node.schedule();
    };
    write('no dump that this Redis reads', 1);
    await until('it is told', async () => a.status.obstacles.length === 1);
    expect(a.status).toMatchObject({ refusedKeys: 1, obstacles: [{ keys: 1 }] });
    expect(a.status.obstacles[0]!.text).toContain('1 key is left out, "of a newer server": ERR');
    write('x');
    await until('it is applied', async () => (await a.redis.get('of a newer server')) === 'x');
    await until('nothing is left out any more', async () => a.status.obstacles.length === 0);
  });

  test('logs in as a user with a password; a wrong one is told at the start', async () => {
    const a = site('a', { user: 'mneme:secret@' });
    await a.startRedis();
    await a.redis.call('ACL', 'SETUSER', 'mneme', 'on', '>secret', '~*', '&*', '+@all', '-config');
    await a.startNode();
    await a.redis.set('key', 'x');
    await until('it is captured', async () => a.status.counters.captured === 1);
    const wrong = parseTarget(`redis://mneme:wrong@127.0.0.1:${a.server.port}`);
    await expect(checkRedis(wrong, () => {})).rejects.toMatchObject({ code: 'refused' });
  });

  test('refuses a replica, and says so', async () => {
    const a = site('a');
    await a.startRedis();
    await a.redis.call('REPLICAOF', '127.0.0.1', '1');
    const target = parseTarget(`redis://127.0.0.1:${a.server.port}`);
    await expect(checkRedis(target, () => {})).rejects.toThrow(/it is a replica/);
  });

  test('whose memory is full waits until it takes writes again, and goes on capturing', async () => {
    const [a, b] = [site('a'), site('b', { flags: ['--save', '', '--maxmemory', '2mb'] })];
    await a.start();
    await b.start(a);
    await b.redis.set('of b', 'x');
    for (let i = 0; i < 200; i++) await a.redis.set(`key ${i}`, 'v'.repeat(20_000));
    await until('b says so', async () => /OOM/.test(b.status.obstacles[0]?.text ?? ''));
    await b.redis.del('of b');
    await until('a has the delete', async () => (await a.redis.exists('of b')) === 0);
    await b.redis.config('SET', 'maxmemory', '0');
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(200);
    expect(b.status).toMatchObject({ problem: null, leftOut: { count: 0 } });
  });
});
