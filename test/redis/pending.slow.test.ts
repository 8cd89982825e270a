import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { type BehindProxy, redisBehindProxies } from './behind-proxy.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const APPEND_ALWAYS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

const site = sitesOfTests();
const redisBehindProxy = redisBehindProxies();

/** The node of a is behind a proxy, its application is not. */
async function twoSites(flags?: readonly string[]): Promise<[TestSite, TestSite, BehindProxy]> {
  const behind = await redisBehindProxy(flags);
  const [a, b] = [site('a', { servers: { url: behind.url, connect: () => behind.redis } }), site('b')];
  await a.start();
  await b.start(a);
  return [a, b, behind];
}

const valueAt = (at: TestSite, key: string): string | undefined =>
  at.node.core.get(Buffer.from(`\0${key}`))?.value?.toString();

const members = Array.from({ length: 200 }, (_, i) => `member ${i}`);

whereRedis('what another site wrote and this Redis has yet to get', () => {
  test('stands over a Redis that came back empty, also where it was a delete before', async () => {
    const [a, b, { server, proxy }] = await twoSites();
    const keys = Array.from({ length: 50 }, (_, i) => `key ${i}`);
    await b.redis.mset(Object.fromEntries([...keys, 'other'].map((key) => [key, 'first'])));
    await untilEqual(a, b);
    await server.kill();
    await b.redis.del(...keys);
    await until('a knows of it', async () => a.status.toWrite === keys.length);
    // All that the node has was compared when it asks for what else there is.
    const held = proxy.holdBefore('SCAN');
    await server.start();
    const release = await held;
    await b.redis.mset(Object.fromEntries(keys.map((key) => [key, 'second'])));
    await until('a knows of it', async () => keys.every((key) => valueAt(a, key) === 'second'));
    release();
    await until('a is through', async () => a.status.state === 'held' && a.status.toRead === 0);
    await until('a has it', async () => (await a.redis.exists(...keys)) === keys.length);
    expect(await b.redis.mget(...keys)).toEqual(keys.map(() => 'second'));
    expect(a.status).toMatchObject({ held: { missing: 1, different: 0 }, counters: { captured: 0 } });
  });

  test('is later than a FLUSHALL that was made before it', async () => {
    const [a, b, { proxy }] = await twoSites();
    await b.redis.mset(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, 'first'])));
    await untilEqual(a, b);
    const held = proxy.holdBefore('EVALSHA');
    await a.redis.flushall();
    const release = await held;
    await b.redis.mset('key 1', 'since', 'new', 'since');
    await until('a knows of it', async () => valueAt(a, 'new') === 'since');
    release();
    await until('the others are deleted', async () => (await b.redis.dbsize()) <= 2);
    expect(await untilEqual(a, b)).toEqual({ 'key 1': ['string', -1, 'since'], new: ['string', -1, 'since'] });
  });

  test('stands where another database of the server is emptied', async () => {
    const [a, b] = await twoSites();
    await b.redis.mset(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, 'first'])));
    await untilEqual(a, b);
    await a.redis.select(1);
    await a.redis.set('there', 'x');
    await a.redis.flushdb();
    await a.redis.select(0);
    await a.redis.set('key 1', 'since');
    await until('b has it', async () => (await b.redis.get('key 1')) === 'since');
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(300);
    expect(a.status.counters.captured).toBe(1);
  });

  test('of sets and hashes: a restart that lost nothing holds nothing, and they stand', async () => {
    const [a, b, { server }] = await twoSites(APPEND_ALWAYS);
    for (let i = 0; i < 20; i++) {
      await b.redis.sadd(`set ${i}`, ...members);
      await b.redis.hset(`hash ${i}`, Object.fromEntries(members.map((member) => [member, 'x'.repeat(70)])));
    }
    await untilEqual(a, b);
    await server.kill();
    for (let i = 0; i < 20; i++) {
      await b.redis.sadd(`set ${i}`, 'since');
      await b.redis.hset(`hash ${i}`, 'since', 'x');
    }
    await until('a knows of it', async () => a.status.toWrite === 40);
    await server.start();
    await a.untilAttached();
    expect(a.status).toMatchObject({ state: 'attached', held: { missing: 0, different: 0 } });
    const content = await untilEqual(a, b);
    expect(await a.redis.sismember('set 7', 'since')).toBe(1);
    expect(Object.keys(content)).toHaveLength(40);
    expect(a.status.counters.captured).toBe(0);
  });

  test('of sets stands after a SCRIPT FLUSH in the middle of an apply', async () => {
    const [a, b, { proxy }] = await twoSites();
    await b.redis.sadd('set', ...members);
    await untilEqual(a, b);
    const held = proxy.holdBefore('EXEC');
    await b.redis.sadd('set', 'during');
    const release = await held;
    await a.redis.script('FLUSH');
    release();
    await until('a has it', async () => (await a.redis.sismember('set', 'during')) === 1);
    await b.redis.sadd('set', 'after');
    await until('a has it', async () => (await a.redis.sismember('set', 'after')) === 1);
    await untilEqual(a, b);
    expect(await b.redis.sismember('set', 'after')).toBe(1);
    expect(a.status.counters.captured).toBe(0);
    expect(a.log.filter((line) => line.includes('again'))).toEqual([]);
  });
});

whereRedis('what the application wrote while its node was away', () => {
  test('is set aside where another site changed the same key meanwhile, and an undo makes it stand', async () => {
    const [a, b] = await twoSites();
    await a.redis.mset('both', 'first', 'only a', 'first', 'deleted here', 'first', 'deleted there', 'first');
    await a.redis.sadd('set', ...members);
    await untilEqual(a, b);
    await a.stopNode();
    await a.redis.mset('both', 'by a', 'only a', 'by a', 'deleted there', 'by a');
    await a.redis.sadd('set', 'by a');
    await a.redis.del('deleted here');
    await b.redis.mset('both', 'by b', 'deleted here', 'by b');
    await b.redis.sadd('set', 'by b');
    await b.redis.del('deleted there');
    await a.startNode();
    const content = await untilEqual(a, b);
    expect(content).toMatchObject({ both: ['string', -1, 'by b'], 'only a': ['string', -1, 'by a'] });
    expect(content).toMatchObject({ 'deleted here': ['string', -1, 'by b'] });
    expect(content['deleted there']).toBeUndefined();
    // Of a set each element is its own.
    expect(await a.redis.smismember('set', 'by a', 'by b')).toEqual([1, 1]);
    await until('it is listed', async () => a.incidents()[0]?.setAside === 3);
    const [incident] = a.incidents();
    expect(incident).toMatchObject({ kind: 'absence', state: 'resolved' });
    await a.undo(incident!.id);
    await until('what a wrote stands', async () => (await b.redis.get('both')) === 'by a');
    const undone = await untilEqual(a, b);
    expect(undone).toMatchObject({ 'deleted there': ['string', -1, 'by a'] });
    expect(undone['deleted here']).toBeUndefined();
  });

  test('is set aside too where the node took in what the other site wrote before it was started again', async () => {
    const [a, b, { proxy }] = await twoSites();
    await a.redis.mset('both', 'first', 'only a', 'first');
    await untilEqual(a, b);
    proxy.cut();
    await a.redis.mset('both', 'by a', 'only a', 'by a');
    await b.redis.set('both', 'by b');
    await until('the node of a has it', async () => valueAt(a, 'both') === 'by b');
    await a.stopNode();
    proxy.open();
    await a.startNode();
    const content = await untilEqual(a, b);
    expect(content).toMatchObject({ both: ['string', -1, 'by b'], 'only a': ['string', -1, 'by a'] });
    await until('it is listed', async () => a.incidents()[0]?.setAside === 1);
  });
});
