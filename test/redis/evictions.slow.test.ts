import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { redisBehindProxies } from './behind-proxy.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const KEYS = 2000;

const site = sitesOfTests();
const redisBehindProxy = redisBehindProxies();

async function twoSites(events: 'Ee' | ''): Promise<[TestSite, TestSite]> {
  const flags = ['--save', '', '--maxmemory-policy', 'allkeys-random', '--notify-keyspace-events', events];
  const [a, b] = [site('a', { flags }), site('b')];
  await a.start();
  await b.start(a);
  await fill(a);
  await untilEqual(a, b);
  return [a, b];
}

async function fill({ redis }: TestSite): Promise<void> {
  const value = 'v'.repeat(300);
  await redis.mset(Object.fromEntries(Array.from({ length: KEYS }, (_, i) => [`key ${i}`, value])));
}

/** Evicts some keys, and no more after that. Gives their names. */
async function evict({ redis }: TestSite, bytes: number): Promise<string[]> {
  const used = Number(/used_memory:(\d+)/.exec(await redis.info('memory'))?.[1]);
  await redis.config('SET', 'maxmemory', String(used - bytes));
  // Redis evicts before it executes whatever it is asked. A key that was written for it might be evicted too, and be counted.
  await redis.ping();
  await redis.config('SET', 'maxmemory', '0');
  await redis.set('tmp', 'x');
  const left = new Set(await redis.keys('*'));
  const gone = Array.from({ length: KEYS }, (_, i) => `key ${i}`).filter((key) => !left.has(key));
  expect(gone.length).toBeGreaterThan(0);
  return gone;
}

const tombstones = ({ node }: TestSite): number => node.core.status.data.store.tombstoneCount;

whereRedis('a key that Redis does not have any more', () => {
  test('was deleted if it was set and deleted after its eviction, all before the node could look', async () => {
    const { redis, url, proxy } = await redisBehindProxy([
      ...['--save', '', '--maxmemory-policy', 'allkeys-random', '--notify-keyspace-events', 'Ee'],
    ]);
    const [a, b] = [site('a', { servers: { url, connect: () => redis } }), site('b')];
    await a.start();
    await b.start(a);
    await fill(a);
    await untilEqual(a, b);
    const held = proxy.holdBefore('EVALSHA');
    await redis.set('key 0', 'x');
    const release = await held;
    const gone = await evict(a, 100_000);
    for (const key of gone) await redis.set(key, 'again');
    await redis.del(...gone);
    release();
    await until('b has the deletes', async () => (await b.redis.exists(...gone)) === 0);
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(KEYS + 1 - gone.length);
  });

  test('and that is begun anew as a hash, before the node could look, gets the other fields back that it had', async () => {
    const { redis, url, proxy } = await redisBehindProxy([
      ...['--save', '', '--maxmemory-policy', 'allkeys-random', '--notify-keyspace-events', 'Ee'],
    ]);
    const [a, b] = [site('a', { servers: { url, connect: () => redis } }), site('b')];
    await a.start();
    await b.start(a);
    const fields = { kept: 'v'.repeat(300), changed: '1' };
    await Promise.all(Array.from({ length: KEYS }, (_, i) => redis.hset(`key ${i}`, fields)));
    await untilEqual(a, b);
    const held = proxy.holdBefore('EVALSHA');
    await redis.set('other', 'x');
    const release = await held;
    const gone = await evict(a, 100_000);
    for (const key of gone) await redis.hset(key, { changed: '2', new: '1' });
    // It may have been evicted, too.
    await redis.set('other', 'x');
    release();
    const fieldsOf = (one: TestSite): Promise<unknown> => Promise.all(gone.map((key) => one.redis.hgetall(key)));
    const wanted = JSON.stringify(gone.map(() => ({ changed: '2', kept: fields.kept, new: '1' })));
    const sorted = async (one: TestSite): Promise<string> =>
      JSON.stringify(await fieldsOf(one), ['changed', 'kept', 'new']);
    for (const one of [a, b]) await until('they have all fields', async () => (await sorted(one)) === wanted);
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(KEYS + 2);
  });

  test('and that is begun anew with most of its members while it is read gets the others back', async () => {
    const { redis, url, proxy } = await redisBehindProxy([
      ...['--save', '', '--maxmemory-policy', 'allkeys-random', '--notify-keyspace-events', 'Ee'],
    ]);
    const [a, b] = [site('a', { servers: { url, connect: () => redis } }), site('b')];
    await a.start();
    await b.start(a);
    const members = Array.from({ length: 10 }, (_, i) => `member ${i}`);
    await redis.sadd('set', ...members);
    await untilEqual(a, b);
    const held = proxy.holdBefore('EVALSHA');
    await redis.sadd('set', 'new');
    const release = await held;
    await redis.config('SET', 'maxmemory', '1');
    await redis.ping();
    await redis.config('SET', 'maxmemory', '0');
    expect(await redis.exists('set')).toBe(0);
    await redis.sadd('set', ...members.slice(0, 8), 'new');
    release();
    await until('a has the others again', async () => (await redis.scard('set')) === members.length + 1);
    await untilEqual(a, b);
    expect((await b.redis.smembers('set')).sort()).toEqual([...members, 'new'].sort());
  });

  test('stays elsewhere where events were switched off, which is told; once they are on again, deletes are deletes', async () => {
    const [a, b] = await twoSites('Ee');
    await a.redis.config('SET', 'notify-keyspace-events', '');
    const gone = await evict(a, 100_000);
    await until('the node has looked', async () => a.status.evictedKeys === gone.length && a.status.toRead === 0);
    expect(await b.redis.exists(...gone)).toBe(gone.length);
    expect(tombstones(a)).toBe(0);
    expect(a.status.held.doubtful).toBe(gone.length);
    expect(a.status.obstacles).toMatchObject([
      { keys: gone.length, next: expect.stringContaining('notify-keyspace-events Ee') },
    ]);
    await a.redis.config('SET', 'notify-keyspace-events', 'Ee');
    await until('that is seen', async () => a.status.obstacles.length === 0);
    const [kept] = await a.redis.keys('key *');
    await a.redis.del(kept!);
    await until('b has the delete', async () => (await b.redis.exists(kept!)) === 0);
    // Those that were evicted before are among them, and the one that was deleted.
    const more = await evict(a, 50_000);
    await until('the node has looked', async () => a.status.evictedKeys >= more.length - 1 && a.status.toRead === 0);
    expect(tombstones(a)).toBe(1);
    a.node.bridge!.restore();
    await until('a has them again', async () => (await a.redis.exists(...gone)) === gone.length);
    expect(a.status.held.doubtful).toBe(0);
  });

  test('while its node was away may have been evicted or deleted: the operator decides, and can undo it', async () => {
    const [a, b] = await twoSites('Ee');
    await a.stopNode();
    const deleted = Array.from({ length: 500 }, (_, i) => `key ${i}`);
    await a.redis.del(...deleted);
    await evict(a, 10_000);
    await a.startNode();
    await until('b has what was new', async () => (await b.redis.exists('tmp')) === 1);
    expect(await b.redis.exists(...deleted)).toBe(500);
    const { obstacles, held } = a.status;
    const { doubtful } = held;
    expect(doubtful).toBeGreaterThan(500);
    expect(obstacles).toMatchObject([{ keys: doubtful, text: expect.stringContaining('at least 500') }]);
    a.node.bridge!.confirmLoss();
    await until('they are deleted at b', async () => (await b.redis.dbsize()) === (await a.redis.dbsize()));
    await untilEqual(a, b);
    expect(a.status).toMatchObject({ held: { doubtful: 0 }, obstacles: [], state: 'attached' });
    await until('they are listed', async () => b.incidents()[0]?.setAside === doubtful);
    await b.undo(b.incidents()[0]!.id);
    await until('they are back', async () => (await a.redis.exists(...deleted)) === 500);
  });

  test('was deleted, if its server evicts only keys with an expiry and it had none', async () => {
    const [a, b] = await twoSites('');
    await a.redis.config('SET', 'maxmemory-policy', 'volatile-random');
    for (let i = 0; i < 50; i++) await a.redis.expire(`key ${i}`, 10_000);
    await untilEqual(a, b);
    await until(
      'the node knows the policy',
      async () => a.node.bridge!.site.servers.get(0)?.policy === 'volatile-random',
    );
    await a.stopNode();
    await a.redis.del('key 1000');
    await evict(a, 5_000);
    await a.startNode();
    await until('b has the delete', async () => (await b.redis.exists('key 1000')) === 0);
    expect(tombstones(a)).toBe(1);
    expect(a.status.held.doubtful).toBeGreaterThan(0);
  });

  test('may have been evicted if its server evicts none, before and after an absence: another policy did, meanwhile', async () => {
    const [a, b] = await twoSites('');
    await a.redis.config('SET', 'maxmemory-policy', 'noeviction');
    await until('the node knows the policy', async () => a.node.bridge!.site.servers.get(0)?.policy === 'noeviction');
    await a.stopNode();
    await a.redis.config('SET', 'maxmemory-policy', 'allkeys-random');
    const evicted = await evict(a, 20_000);
    await a.redis.config('SET', 'maxmemory-policy', 'noeviction');
    await a.startNode();
    await until('b has what was new', async () => (await b.redis.exists('tmp')) === 1);
    expect(await b.redis.exists(...evicted)).toBe(evicted.length);
    expect(a.status.held.doubtful).toBe(evicted.length);
  });

  test('is deleted everywhere with all others, also if it was evicted long before', async () => {
    const [a, b] = await twoSites('Ee');
    const evicted = await evict(a, 20_000);
    await until('the node knows', async () => a.status.evictedKeys === evicted.length);
    await a.redis.flushall();
    await until('b has none of them', async () => (await b.redis.dbsize()) === 0);
    expect(a.status).toMatchObject({ evictedKeys: 0, held: { missing: 0, doubtful: 0 } });
  });
});
