import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { contentOf, type SiteOptions, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const APPEND_ALWAYS = ['--save', '', '--appendonly', 'yes', '--appendfsync', 'always'];

const site = sitesOfTests();

async function twoSites(options: SiteOptions = {}): Promise<[TestSite, TestSite]> {
  const [a, b] = [site('a', options), site('b')];
  await a.start();
  await b.start(a);
  return [a, b];
}

async function fill(site: TestSite, count: number): Promise<void> {
  await site.redis.mset(Object.fromEntries(Array.from({ length: count }, (_, i) => [`key ${i}`, `value ${i}`])));
  await site.redis.hset('hash', { field: 'value' });
}

whereRedis('after a gap', () => {
  test('what the application did while its node was away is found, deletes included', async () => {
    const [a, b] = await twoSites();
    await fill(a, 300);
    await untilEqual(a, b);
    await a.stopNode();
    await a.redis.set('new', 'x');
    await a.redis.set('key 1', 'changed');
    await a.redis.hset('hash', 'field', 'changed');
    await a.redis.del('key 2', 'key 3');
    await b.redis.set('key 4', 'by b');
    await a.startNode();
    const content = await untilEqual(a, b);
    expect(content).toMatchObject({ new: ['string', -1, 'x'], 'key 1': ['string', -1, 'changed'] });
    expect(content).toMatchObject({ 'key 4': ['string', -1, 'by b'], hash: ['hash', -1, [['field', 'changed']]] });
    expect([content['key 2'], content['key 3']]).toEqual([undefined, undefined]);
  });

  test('what Redis reports to nobody is found too: swapped databases, moved keys, consumer groups', async () => {
    const [a, b] = await twoSites();
    await a.redis.mset('key', 'x', 'other', 'x');
    await a.redis.xadd('stream', '1-1', 'field', 'x');
    await untilEqual(a, b);
    await a.redis.xgroup('CREATE', 'stream', 'group', '0');
    await a.redis.select(1);
    await a.redis.set('moved', 'x');
    await a.redis.move('moved', 0);
    await a.redis.select(0);
    await a.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('b has the moved key', async () => (await b.redis.get('moved')) === 'x');
    const groups = () => b.redis.xinfo('GROUPS', 'stream') as Promise<unknown[]>;
    await until('b has the group', async () => (await groups()).length === 1);
    await a.redis.select(1);
    await a.redis.mset('key', 'swapped', 'new', 'x');
    await a.redis.swapdb(0, 1);
    await a.redis.select(0);
    await a.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await until('b has what was swapped in', async () => (await b.redis.get('new')) === 'x');
    const swapped = { key: ['string', -1, 'swapped'], new: ['string', -1, 'x'] };
    expect(await untilEqual(a, b)).toEqual(swapped);
  });

  test('a connection that was cut in the middle of writes loses none of them', async () => {
    const [a, b] = await twoSites();
    for (let round = 0; round < 10; round++) {
      await Promise.all([
        fill(a, 200).then(() => a.redis.set(`round ${round}`, 'x')),
        a.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
        a.redis.del(`round ${round - 2}`),
      ]).catch(() => {});
      await a.redis.set(`after ${round}`, 'x');
    }
    await untilEqual(a, b);
    expect(Object.keys(await contentOf(a.redis))).toContain('after 9');
  });

  test('a write of a peer that Redis did not get yet is not reverted by the old value there', async () => {
    const [a, b] = await twoSites({ flags: APPEND_ALWAYS });
    await fill(b, 50);
    await untilEqual(a, b);
    await a.server.kill();
    await b.redis.set('key 1', 'by b');
    await b.redis.del('key 2');
    await until('a has it', async () => a.status.toWrite === 2);
    await a.stopNode();
    await a.startRedis();
    await a.startNode();
    const content = await untilEqual(a, b);
    expect([content['key 1'], content['key 2']]).toEqual([['string', -1, 'by b'], undefined]);
  });
});

whereRedis('a Redis that lost its data', () => {
  test('is held: nothing is deleted anywhere until the operator restores it', async () => {
    const [a, b] = await twoSites();
    await fill(a, 300);
    const before = await untilEqual(a, b);
    await a.server.kill();
    await a.startRedis();
    await until('the loss is seen', async () => a.status.state === 'held');
    expect(a.status.held).toMatchObject({ missing: 301, different: 0, of: 301 });
    await a.redis.set('key 7', 'written since');
    await until('b has what was written since', async () => (await b.redis.get('key 7')) === 'written since');
    expect(await b.redis.dbsize()).toBe(301);
    expect(a.node.bridge!.restore()).toBe(300);
    expect(await untilEqual(a, b)).toEqual({ ...before, 'key 7': ['string', -1, 'written since'] });
    expect(a.status.state).toBe('attached');
  });

  test('loses nothing to changes of peers that come in while it is looked at', async () => {
    const [a, b] = await twoSites();
    await fill(a, 2000);
    await untilEqual(a, b);
    let isOver = false;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) await b.redis.set(`key ${(i * 37) % 2000}`, `by b, ${i}`);
    })();
    await a.server.kill();
    await a.startRedis();
    await until('the loss is seen', async () => a.status.state === 'held');
    isOver = true;
    await writing;
    expect(await b.redis.dbsize()).toBe(2001);
    a.node.bridge!.restore();
    expect(Object.keys(await untilEqual(a, b))).toHaveLength(2001);
    expect(a.node.core.status.data.store.tombstoneCount).toBe(0);
  });

  test('that came back with older data is held too, and its old values are not taken for writes', async () => {
    const [a, b] = await twoSites();
    await fill(a, 20);
    await untilEqual(a, b);
    await a.redis.call('SAVE');
    await a.redis.set('key 1', 'after the save');
    await a.redis.hset('hash', 'field', 'after the save');
    const before = await untilEqual(a, b);
    await a.server.kill();
    await a.startRedis();
    await until('the loss is seen', async () => a.status.state === 'held');
    expect(a.status.held).toMatchObject({ missing: 0, different: 2 });
    const old = await contentOf(a.redis);
    a.node.bridge!.restore();
    expect(await untilEqual(a, b)).toEqual(before);
    const [incident] = b.incidents();
    expect(incident).toMatchObject({ kind: 'restore', setAside: 2 });
    await b.undo(incident!.id);
    await until('the old values are back', async () => (await b.redis.hget('hash', 'field')) === 'value');
    expect(await untilEqual(a, b)).toEqual(old);
  });

  test('that came back with a key whose delete everybody had long forgotten does not revive it', async () => {
    const [a, b] = await twoSites();
    await fill(a, 20);
    await untilEqual(a, b);
    await a.redis.call('SAVE');
    await a.redis.del('key 1');
    await a.redis.set('key 2', 'after the save');
    await untilEqual(a, b);
    const { store } = a.node.core.status.data;
    await until('the tombstone is collected', async () => store.tombstoneCount === 0);
    const before = await contentOf(b.redis);
    await a.server.kill();
    await a.startRedis();
    await until('the loss is seen', async () => a.status.state === 'held');
    expect(a.status.held).toMatchObject({ missing: 0, different: 1, added: 1 });
    a.node.bridge!.restore();
    expect(await untilEqual(a, b)).toEqual(before);
  });

  test('nothing, as after a clean restart: nothing is held, large hashes and sets included', async () => {
    const [a, b] = await twoSites({ flags: APPEND_ALWAYS });
    const members = Array.from({ length: 1500 }, (_, i) => `${i} ${'x'.repeat(i % 60)}`);
    await a.redis.sadd('set of a', ...members, '12', '-70000', '300');
    await b.redis.hset('hash of b', Object.fromEntries(members.map((member, i) => [member, String(i)])));
    const before = await untilEqual(a, b);
    const captured = a.status.counters.captured;
    await a.server.kill();
    await a.startRedis();
    await until('a has looked at it', async () => a.status.problem === null && a.status.state === 'attached');
    expect(a.status.held).toMatchObject({ missing: 0, different: 0 });
    await a.stopNode();
    await a.startNode();
    await untilEqual(a, b);
    expect(a.status.counters.captured + captured).toBe(captured);
    expect(await untilEqual(a, b)).toEqual(before);
  });

  test('on purpose: the operator confirms, and it is deleted everywhere', async () => {
    const [a, b] = await twoSites();
    await fill(a, 300);
    const before = await untilEqual(a, b);
    await a.stopNode();
    await a.redis.flushall();
    await a.redis.set('key 5', 'the only one');
    await a.startNode();
    expect(a.status.held).toMatchObject({ missing: 300, different: 0, of: 301 });
    expect(await b.redis.dbsize()).toBe(301);
    a.node.bridge!.confirmLoss();
    await until('b has the deletes', async () => (await b.redis.dbsize()) === 1);
    expect(await untilEqual(a, b)).toEqual({ 'key 5': ['string', -1, 'the only one'] });
    // 299 strings, the hash, and its field.
    await until('what is deleted is listed', async () => b.incidents()[0]?.setAside === 301);
    await b.undo(b.incidents()[0]!.id);
    await until('a has it back', async () => (await a.redis.dbsize()) === 301);
    expect(await untilEqual(a, b)).toMatchObject({ 'key 1': before['key 1'], hash: before.hash });
  });

  test('is still held after its node was restarted', async () => {
    const [a, b] = await twoSites();
    await fill(a, 200);
    await untilEqual(a, b);
    await a.server.kill();
    await a.startRedis();
    await until('the loss is seen', async () => a.status.state === 'held');
    await a.stopNode();
    await a.startNode();
    expect(a.status.held.missing).toBe(201);
    expect(await b.redis.dbsize()).toBe(201);
  });
});

whereRedis('expiry and eviction', () => {
  test('what expires is gone everywhere, and is no delete', async () => {
    const [a, b] = await twoSites();
    await a.redis.set('short', 'x', 'PX', 300);
    await a.redis.hset('hash', { field: 'x' });
    await a.redis.pexpire('hash', 300);
    await untilEqual(a, b);
    await until('both are gone', async () => (await a.redis.dbsize()) + (await b.redis.dbsize()) === 0);
    await untilEqual(a, b);
    expect(a.node.core.status.data.store.tombstoneCount).toBe(0);
  });

  test.each([
    ['by the counter of evictions', []],
    ['by events, where they are on', ['--notify-keyspace-events', 'Ee']],
  ])('an eviction is never taken for a delete: %s', async (_how, flags) => {
    const [a, b] = await twoSites({
      flags: ['--save', '', '--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-random', ...flags],
    });
    const value = 'v'.repeat(2000);
    for (let i = 0; i < 2000; i += 100) {
      const slice = Array.from({ length: 100 }, (_, j) => [`key ${i + j}`, value] as const);
      await a.redis.mset(Object.fromEntries(slice));
      await until('a has read it', async () => a.status.toRead === 0);
    }
    await until('a is quiet', async () => a.status.toRead === 0 && a.node.core.status.data.vector.seqs.size > 0);
    const evicted = Number(/evicted_keys:(\d+)/.exec(await a.redis.info('stats'))?.[1]);
    expect(evicted).toBeGreaterThan(100);
    expect(a.node.core.status.data.store.tombstoneCount).toBe(0);
    // A key that was evicted before it was read is one that the node never saw.
    const { data } = a.node.core.status;
    await until('b has all that a saw', async () => (await b.redis.dbsize()) === data.store.liveCount());
    expect(a.status.evictedKeys).toBeGreaterThan(100);
  });
});
