import { afterEach, expect, test } from '@jest/globals';
import type { Redis } from 'ioredis';
import { connectClient } from '../../src/admin/client/client.js';
import type { EngineReply } from '../../src/admin/protocol/api.js';
import { NodeProcess, temporaryDirectory, until } from '../e2e/processes.js';
import { redisBehindProxies } from './behind-proxy.js';
import type { RedisProxy } from './redis-proxy.js';
import { contentOf, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const KEYS = 40;

const site = sitesOfTests();
const redisBehindProxy = redisBehindProxies();
const cleanUps: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

whereRedis('a write of another site that was under way to Redis', () => {
  test('when the connection ended is not taken for one of the application: what comes next stands', async () => {
    const [a, b, proxy] = await twoSites();
    const caught = proxy.catchExec();
    await write(a.redis, 'under way');
    await caught;
    proxy.cut();
    await write(a.redis, 'next');
    await until('b has the next', async () => b.node.core.get(Buffer.from('\0string 0'))?.value?.toString() === 'next');
    proxy.open();
    await untilAllAre(b.redis, 'next');
    expect(Object.values(await untilEqual(a, b))).toEqual(Object.values(await contentOf(a.redis)));
    await untilAllAre(a.redis, 'next');
    expect(b.status.counters.captured).toBe(0);
  });

  test('to keys that Redis lacked, when the connection ended, is known for what it is: what comes next stands', async () => {
    const [a, b, proxy] = await twoSites();
    const caught = proxy.catchExec();
    await a.redis.mset('new 1', 'under way', 'new 2', 'under way');
    await caught;
    proxy.cut();
    await a.redis.mset('new 1', 'next', 'new 2', 'next');
    await until('b has the next', async () => b.node.core.get(Buffer.from('\0new 2'))?.value?.toString() === 'next');
    proxy.open();
    await until('b applies it', async () => (await b.redis.mget('new 1', 'new 2')).join() === 'next,next');
    expect(await a.redis.mget('new 1', 'new 2')).toEqual(['next', 'next']);
    expect(b.status.counters.captured).toBe(0);
  });

  test('which Redis did not execute is not taken for what the application writes there: the same value stands', async () => {
    const [a, b, proxy] = await twoSites();
    const held = proxy.holdBefore('EXEC');
    await write(a.redis, 'under way');
    const release = await held;
    await write(a.redis, 'next');
    await until('b has the next', async () => b.node.core.get(Buffer.from('\0string 0'))?.value?.toString() === 'next');
    await b.redis.mset('string 0', 'under way', 'string 1', 'mine');
    release();
    await until('both were seen', async () => b.status.counters.captured === 2);
    expect(await untilEqual(a, b)).toMatchObject({
      'string 0': ['string', -1, 'under way'],
      'string 1': ['string', -1, 'mine'],
      'string 2': ['string', -1, 'next'],
    });
  });

  test('when its node stopped, and that reaches Redis only after the next start has compared all keys, is not executed', async () => {
    const [a, b, proxy] = await twoSites();
    const held = proxy.holdBefore('NX');
    await a.redis.set('new', 'under way');
    const release = await held;
    await b.stopNode();
    await a.redis.del('new');
    await b.startNode();
    await until('b has the delete', async () => b.node.core.get(Buffer.from('\0new'))?.value == null);
    await untilEqual(a, b);
    release();
    await a.redis.set('string 0', 'after');
    await until('b applies what came after', async () => (await b.redis.get('string 0')) === 'after');
    expect(await b.redis.get('new')).toBeNull();
    expect(b.status.counters.captured).toBe(0);
  });

  test.each(['strings', 'elements of sets'])('when its node stopped was waited for: %s', async (kind) => {
    const [a, b] = await twoSites();
    const writing =
      kind === 'strings' ? a.redis.mset('string 0', 'last', 'string 1', 'last') : a.redis.sadd('set 0', 'last');
    await Promise.all([writing, b.redis.call('CLIENT', 'PAUSE', '300', 'WRITE')]);
    await until('b applies it', async () => b.status.toWrite > 0);
    await b.stopNode();
    if (kind === 'strings') expect(await b.redis.get('string 0')).toBe('last');
    else expect(await b.redis.sismember('set 0', 'last')).toBe(1);
    await b.startNode();
    await untilEqual(a, b);
    expect(b.status.counters).toMatchObject({ captured: 0, applied: 0 });
  });

  test('when its node was killed with -9 is not taken for one of the application either', async () => {
    const directory = temporaryDirectory();
    cleanUps.push(() => directory.remove());
    const a = await site('a', { settings: { 'failure-timeout': 1000 } }).start();
    const { redis, proxy, url } = await redisBehindProxy();
    const node = new NodeProcess('b', `${directory.path}/b`, ['--engine', url]);
    cleanUps.push(() => node.kill().then(() => {}));
    await node.start(a.node.address);
    await write(a.redis, 'first');
    await untilAllAre(redis, 'first');
    const caught = proxy.catchExec();
    await write(a.redis, 'under way');
    await caught;
    await node.kill();
    proxy.open();
    await write(a.redis, 'next');
    await node.start();
    await untilAllAre(redis, 'next');
    await untilAllAre(a.redis, 'next');
    expect((await engineOf(node)).engine.counters.captured).toBe(0);
  });
});

async function twoSites(): Promise<[TestSite, TestSite, RedisProxy]> {
  const { redis, proxy, url } = await redisBehindProxy();
  const [a, b] = [site('a'), site('b', { servers: { url, connect: () => redis } })];
  await a.start();
  await b.start(a);
  await write(a.redis, 'first');
  await untilEqual(a, b);
  return [a, b, proxy];
}

/** Strings, and sets so large that each server dumps them in an order of its own. */
async function write(redis: Redis, value: string): Promise<void> {
  const writes = redis.multi();
  for (let i = 0; i < KEYS; i++) {
    writes.set(`string ${i}`, value);
    writes.sadd(`set ${i}`, value, ...Array.from({ length: 200 }, (_, member) => `member ${member}`));
  }
  await writes.exec();
}

async function untilAllAre(redis: Redis, value: string): Promise<void> {
  await until(`all are "${value}"`, async () => {
    const reads = redis.multi();
    for (let i = 0; i < KEYS; i++) reads.get(`string ${i}`).sismember(`set ${i}`, value);
    const replies = (await reads.exec()) as [unknown, unknown][];
    return replies.every(([, reply]) => reply === value || reply === 1);
  });
}

async function engineOf(node: NodeProcess): Promise<EngineReply> {
  const client = await connectClient(node.address, { replyTimeoutMs: 5000 });
  try {
    return await client.call('ENGINE', { action: 'status' });
  } finally {
    client.close();
  }
}
