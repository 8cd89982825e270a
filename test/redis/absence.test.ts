import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { redisBehindProxies } from './behind-proxy.js';
import { contentOf, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

/** What two sites write within that time, cut apart, is no split-brain. */
const PATIENCE = { 'failure-timeout': 60_000 };

const KEY = Buffer.from('\0key');

const site = sitesOfTests();
const redisBehindProxy = redisBehindProxies();

whereRedis('what a node finds in its Redis after an absence', () => {
  test('does not override what another site has written meanwhile, and is still under way; it is set aside', async () => {
    const { redis, proxy, url } = await redisBehindProxy();
    const a = site('a', { servers: { url, connect: () => redis }, settings: PATIENCE });
    const b = site('b', { settings: PATIENCE });
    await a.start();
    await b.start(a);
    const keys = ['first by a', 'first by b', 'deleted by b', 'only by a'];
    await redis.mset(keys.flatMap((key) => [key, 'old']));
    await untilEqual(a, b);
    proxy.cut();
    cut(a, b);
    await b.redis.set('first by b', 'by b');
    await redis.mset(keys.flatMap((key) => [key, 'by a']));
    await b.redis.set('first by a', 'by b');
    await b.redis.del('deleted by b');
    await until('b has captured it', async () => b.status.counters.captured === 3);
    proxy.open();
    await until('a has found it', async () => a.status.counters.captured === 8);
    for (const { node } of [a, b]) node.core.operator.cut([]);
    await until('b has what only a wrote', async () => (await b.redis.get('only by a')) === 'by a');
    await untilEqual(a, b);
    expect(await contentOf(redis)).toMatchObject({
      'first by a': ['string', -1, 'by b'],
      'first by b': ['string', -1, 'by b'],
      'only by a': ['string', -1, 'by a'],
    });
    expect(await redis.get('deleted by b')).toBeNull();
    const incidents = a.node.core.status.records.incidentList();
    expect(incidents).toMatchObject([{ kind: 'absence', setAside: 3 }]);
  });

  test('does not override what another site has written meanwhile, and waits to be written there', async () => {
    const { redis, proxy, url } = await redisBehindProxy();
    const a = site('a', { servers: { url, connect: () => redis } });
    const b = site('b');
    await a.start();
    await b.start(a);
    await redis.set('key', 'old');
    await untilEqual(a, b);
    proxy.cut();
    await redis.set('key', 'by a');
    await b.redis.set('key', 'by b');
    await until('a has it', async () => a.node.core.get(KEY)?.value?.toString() === 'by b');
    proxy.open();
    await until('both are compared', async () => a.incidents().length === 1);
    await untilEqual(a, b);
    expect([await redis.get('key'), await b.redis.get('key')]).toEqual(['by b', 'by b']);
    expect(a.incidents()).toMatchObject([{ kind: 'absence', setAside: 1 }]);
  });
});

whereRedis('a hash that expires while its node is away, and of which another site has changed a field', () => {
  test('stays where the application writes the same again, and is told to the others', async () => {
    const { redis, proxy, url } = await redisBehindProxy();
    const a = site('a', { servers: { url, connect: () => redis }, settings: PATIENCE });
    const b = site('b', { settings: PATIENCE });
    await a.start();
    await b.start(a);
    await redis.hset('hash', 'field', 'value');
    await redis.pexpire('hash', 1500);
    await untilEqual(a, b);
    proxy.cut();
    await b.redis.hset('hash', 'of b', 'value');
    await until('a has what b wrote', async () => a.status.toWrite === 1);
    await until('it has expired', async () => (await redis.exists('hash')) === 0);
    await redis.hset('hash', 'field', 'value');
    proxy.open();
    await until('a has compared it', async () => a.status.state === 'attached' && a.status.toWrite === 0);
    await untilEqual(a, b);
    expect(await contentOf(redis)).toEqual({ hash: ['hash', -1, [['field', 'value']]] });
  });
});

whereRedis('a hash that has expired at all sites while one node is away', () => {
  test('has what is written to it then at each of them, whatever is missing of what it was', async () => {
    const { redis, proxy, url } = await redisBehindProxy();
    const a = site('a', { servers: { url, connect: () => redis }, settings: PATIENCE });
    const b = site('b', { settings: PATIENCE });
    await a.start();
    await b.start(a);
    await redis.hset('hash', { 'of a': 'before', 'of b': 'before' });
    await redis.pexpire('hash', 1500);
    await untilEqual(a, b);
    proxy.cut();
    for (const client of [redis, b.redis])
      await until('it has expired', async () => (await client.exists('hash')) === 0);
    await b.redis.hset('hash', 'of b', 'after');
    await until('a has what b wrote', async () => a.status.toWrite === 1);
    proxy.open();
    const release = await proxy.holdBefore('EVALSHA');
    // It is reported, and so is as new as that.
    await redis.hset('hash', 'of a', 'after');
    release();
    await until('a has compared it', async () => a.status.state === 'attached' && a.status.toWrite === 0);
    await untilEqual(a, b);
    expect(await redis.hgetall('hash')).toEqual({ 'of a': 'after', 'of b': 'after' });
  });
});

whereRedis('an older value, in a Redis that lost data', () => {
  test('that expires right before it is compared is held: the newer one is deleted nowhere', async () => {
    const { redis, server, proxy, url } = await redisBehindProxy();
    const a = site('a', { servers: { url, connect: () => redis } });
    const b = site('b');
    await a.start();
    await b.start(a);
    await redis.set('key', 'newer');
    await untilEqual(a, b);
    proxy.cut();
    await server.kill();
    await server.start();
    await redis.set('key', 'older');
    proxy.open();
    const held = proxy.holdBefore('EVALSHA');
    const release = await held;
    await redis.pexpire('key', 1);
    await until('it has expired', async () => (await redis.exists('key')) === 0);
    release();
    await until('a says that data was lost', async () => a.status.state === 'held');
    expect(a.status.held).toMatchObject({ missing: 1, different: 0, added: 0 });
    expect([a, b].map(({ node }) => node.core.get(KEY)?.value?.toString())).toEqual(['newer', 'newer']);
  });
});

function cut(a: TestSite, b: TestSite): void {
  a.node.core.operator.cut([b.node.identity.replica]);
  b.node.core.operator.cut([a.node.identity.replica]);
}
