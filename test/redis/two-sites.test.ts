import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { TestSite, untilEqual, whereRedis } from './sites.js';

whereRedis('two sites', () => {
  const [a, b, c] = [new TestSite('a'), new TestSite('b'), new TestSite('c', { embedded: true })];

  beforeAll(async () => {
    await a.start();
    await b.start(a);
    await c.start(a);
  });

  afterAll(async () => {
    await Promise.all([a.close(), b.close(), c.close()]);
  });

  test('every type travels, with its expiry, both ways', async () => {
    const inAnHour = Date.now() + 3_600_000;
    await a.redis.set('string', Buffer.from([0, 255, 10, 13]));
    await a.redis.set('expiring', 'x', 'PXAT', inAnHour);
    await a.redis.hset('hash', { field: 'value', other: '2' });
    await a.redis.rpush('list', 'one', 'two');
    await b.redis.sadd('set', 'm', 'n', '3');
    await b.redis.zadd('zset', 1, 'one', 2.5, 'two');
    await b.redis.xadd('stream', '*', 'field', 'value');
    await b.redis.pfadd('hyperloglog', 'a', 'b');
    await b.redis.pexpireat('set', inAnHour);
    await b.redis.set('', 'the empty key');
    const content = await untilEqual(a, b);
    expect(Object.keys(content)).toHaveLength(9);
    expect(content).toMatchObject({ expiring: ['string', inAnHour, 'x'], set: ['set', inAnHour, ['3', 'm', 'n']] });
  });

  test('what changes a value in part, moves it or removes it is captured', async () => {
    await a.redis.hset('hash', 'field', 'changed');
    await a.redis.hdel('hash', 'other');
    await a.redis.lpop('list');
    await a.redis.multi().incr('counter').incr('counter').rename('string', 'renamed').exec();
    await a.redis.eval("redis.call('SET', 'by script', ARGV[1])", 0, 'x');
    await a.redis.persist('expiring');
    await b.redis.del('zset');
    await b.redis.expire('stream', 1000);
    await b.redis.copy('hyperloglog', 'copied');
    const content = await untilEqual(a, b);
    expect(content).toMatchObject({
      hash: ['hash', -1, [['field', 'changed']]],
      list: ['list', -1, ['two']],
      counter: ['string', -1, '2'],
      'by script': ['string', -1, 'x'],
      expiring: ['string', -1, 'x'],
    });
    expect(Object.keys(content)).not.toContain('zset');
  });

  test('large hashes, sets and lists are the same on both sides, and stay so when one of them changes', async () => {
    const fields = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`field ${i}`, `value ${i}`]));
    await a.redis.hset('large hash', fields);
    await a.redis.sadd('large set', ...Object.keys(fields));
    await a.redis.rpush('large list', ...Object.keys(fields));
    await untilEqual(a, b);
    await b.redis.hset('large hash', 'field 7', 'by b');
    await b.redis.srem('large set', 'field 8');
    const content = await untilEqual(a, b);
    expect(content['large hash']).toEqual(['hash', -1, Object.entries({ ...fields, 'field 7': 'by b' }).sort()]);
  });

  test('where only the expiry differs it is a touch: the value keeps its version, whatever its type', async () => {
    await a.redis.set('session', 'ann');
    await a.redis.rpush('session list', 'ann', 'bob');
    await untilEqual(a, b);
    const { store } = c.node.core.status.data;
    const held = (key: string) => store.get(Buffer.from(`\0${key}`, 'latin1'));
    await until('c has both', async () => held('session') !== undefined && held('session list') !== undefined);
    const written = ['session', 'session list'].map(held);
    const inAnHour = Date.now() + 3_600_000;
    await b.redis.pexpireat('session', inAnHour);
    await b.redis.pexpireat('session list', inAnHour);
    await until(
      'c has the expiries',
      async () => held('session')?.expiryMs === inAnHour && held('session list')?.expiryMs === inAnHour,
    );
    for (const [i, key] of ['session', 'session list'].entries()) {
      const { hlc, origin, seq } = written[i]!;
      const { origin: by } = b.node.core.status.data;
      expect(held(key)).toMatchObject({ hlc, origin, seq, touch: { origin: by } });
    }
    await untilEqual(a, b);
    await a.redis.persist('session');
    expect(await untilEqual(a, b)).toMatchObject({ session: ['string', -1, 'ann'] });
    await until('c has it', async () => held('session')?.expiryMs === 0);
    expect(held('session')).toMatchObject({ hlc: written[0]!.hlc });
  });

  test('what a node applies is not captured again', async () => {
    await untilEqual(a, b);
    const before = { ...b.status.counters };
    await a.redis.mset(Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`echo ${i}`, String(i)])));
    await a.redis.hset('large hash', 'echo', '1');
    await untilEqual(a, b);
    expect(b.status.counters).toMatchObject({ captured: before.captured, unchanged: before.unchanged });
    expect(b.status.counters.applied - before.applied).toBe(501);
  });

  test('an embedded node keeps the other types, shows them, and passes them on', async () => {
    const { data } = c.node.core.status;
    const key = Buffer.from('\0list', 'latin1');
    await until('c has the list', async () => data.store.get(key) !== undefined);
    expect(data.store.get(key)).toMatchObject({ type: 2, expiryMs: 0 });
    const client = new Redis(Number(c.node.address.split(':').at(-1)));
    try {
      expect([await client.type('list'), await client.type('renamed')]).toEqual(['list', 'string']);
      await expect(client.get('list')).rejects.toThrow(/^WRONGTYPE/);
      await expect(client.multi().getdel('list').exec()).resolves.toMatchObject([[{ name: 'ReplyError' }]]);
      await expect(client.getset('list', 'x')).rejects.toThrow(/^WRONGTYPE/);
      expect(await client.mget('list', 'renamed', 'none')).toEqual([null, '\0\ufffd\n\r', null]);
      expect(data.store.get(key)?.type).toBe(2);
    } finally {
      client.disconnect();
    }
  });

  test('FLUSHDB deletes everywhere', async () => {
    await a.redis.flushdb();
    expect(await untilEqual(a, b)).toEqual({});
    expect(a.status.state).toBe('attached');
  });
});
