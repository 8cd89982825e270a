import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { contentOf, TestSite, untilEqual, whereRedis } from './sites.js';

whereRedis('hashes, sets and sorted sets of two sites and an embedded node', () => {
  const [a, b, c] = [new TestSite('a'), new TestSite('b'), new TestSite('c', { embedded: true })];
  let client: Redis;

  beforeAll(async () => {
    await a.start();
    await b.start(a);
    await c.start(a);
    client = new Redis(Number(c.node.address.split(':').at(-1)));
  });

  afterAll(async () => {
    client.disconnect();
    await Promise.all([a.close(), b.close(), c.close()]);
  });

  /** Both Redis, and the node without one, hold the same. */
  async function settled(): Promise<Record<string, unknown>> {
    await until('all hold the same', async () => {
      const contents = await Promise.all([untilEqual(a, b), contentOf(client)]).catch(noneWhileChanging);
      return contents.length > 0 && JSON.stringify(contents[0]) === JSON.stringify(contents[1]);
    });
    return contentOf(client);
  }

  /** While these run, what one of the two sites does the other one does not hear of. */
  async function apart(work: () => Promise<unknown>): Promise<void> {
    for (const { redis } of [a, b]) await redis.call('CLIENT', 'PAUSE', '300', 'WRITE');
    await work();
  }

  test('are one and the same on all of them', async () => {
    const inAnHour = Date.now() + 3_600_000;
    await a.redis.hset('hash', { field: 'value', number: '12', empty: '' });
    await b.redis.sadd('set', 'm', 'n', '3');
    await client.zadd('zset', 1, 'one', 2.5, 'two', '-inf', 'least');
    await b.redis.pexpireat('set', inAnHour);
    expect(await settled()).toEqual({
      hash: [
        'hash',
        -1,
        [
          ['empty', ''],
          ['field', 'value'],
          ['number', '12'],
        ],
      ],
      set: ['set', inAnHour, ['3', 'm', 'n']],
      zset: ['zset', -1, ['least', '-inf', 'one', '1', 'two', '2.5']],
    });
    expect(await client.hincrby('hash', 'number', 1)).toBe(13);
    await a.redis.zrem('zset', 'least');
    await client.srem('set', 'm');
    await b.redis.hdel('hash', 'empty');
    expect(await settled()).toEqual({
      hash: [
        'hash',
        -1,
        [
          ['field', 'value'],
          ['number', '13'],
        ],
      ],
      set: ['set', inAnHour, ['3', 'n']],
      zset: ['zset', -1, ['one', '1', 'two', '2.5']],
    });
  });

  test('keep what each of several changes in one of them at the same time', async () => {
    await a.redis.hset('hash', { kept: 'x', gone: 'x' });
    await a.redis.zadd('zset', 5, 'gone');
    await settled();
    for (let round = 0; round < 5; round++) {
      await Promise.all([
        a.redis.hset('hash', 'by a', String(round)),
        b.redis.hset('hash', 'by b', String(round)),
        client.hset('hash', 'by c', String(round)),
        a.redis.hdel('hash', 'gone'),
        a.redis.sadd('set', `a ${round}`),
        b.redis.sadd('set', `b ${round}`),
        client.srem('set', 'n'),
        a.redis.zadd('zset', round, 'of a'),
        b.redis.zrem('zset', 'gone'),
        client.zincrby('zset', 1, 'of c'),
      ]);
    }
    const content = await settled();
    expect(content).toMatchObject({
      hash: [
        'hash',
        -1,
        [
          ['by a', '4'],
          ['by b', '4'],
          ['by c', '4'],
          ['field', 'value'],
          ['kept', 'x'],
          ['number', '13'],
        ],
      ],
      zset: ['zset', -1, ['one', '1', 'two', '2.5', 'of a', '4', 'of c', '5']],
    });
    const members = [0, 1, 2, 3, 4].flatMap((round) => [`a ${round}`, `b ${round}`]);
    expect((content.set as unknown[])[2]).toEqual(['3', ...members].sort());
  });

  test('what changed in a Redis that could not be written to, and elsewhere meanwhile, comes together', async () => {
    await a.redis.hset('apart', { one: '1', two: '2', three: '3' });
    await settled();
    await apart(async () => {
      await client.hset('apart', 'by c', 'x', 'two', 'by c');
      await client.hdel('apart', 'three');
    });
    await a.redis.hset('apart', 'by a', 'x', 'one', 'by a');
    await b.redis.hset('apart', 'by b', 'x');
    expect(await settled()).toMatchObject({
      apart: [
        'hash',
        -1,
        [
          ['by a', 'x'],
          ['by b', 'x'],
          ['by c', 'x'],
          ['one', 'by a'],
          ['two', 'by c'],
        ],
      ],
    });
  });

  test('end with a DEL, and begin anew', async () => {
    await b.redis.del('apart', 'hash');
    expect(Object.keys(await settled())).toEqual(['set', 'zset']);
    await client.hset('hash', 'anew', '1');
    expect(await settled()).toMatchObject({ hash: ['hash', -1, [['anew', '1']]] });
    await client.del('set');
    await a.redis.set('hash', 'a string by now');
    await b.redis.del('zset');
    await b.redis.hset('zset', 'a', 'hash by now');
    expect(await settled()).toEqual({
      hash: ['string', -1, 'a string by now'],
      zset: ['hash', -1, [['a', 'hash by now']]],
    });
    await client.set('zset', 'a string too');
    await a.redis.del('hash');
    await a.redis.zadd('hash', 1, 'a sorted set');
    expect(await settled()).toEqual({
      hash: ['zset', -1, ['a sorted set', '1']],
      zset: ['string', -1, 'a string too'],
    });
    await client.del('hash');
    await settled();
    await a.redis.rpush('hash', 'a list');
    await untilEqual(a, b);
    await until('c has it', async () => (await client.type('hash')) === 'list');
    await a.redis.del('hash', 'zset');
    await until('c has it no more', async () => (await client.exists('hash')) === 0);
    expect(await settled()).toEqual({});
  });

  test('the last element that goes ends the key, and another that comes at the same time stays', async () => {
    await a.redis.sadd('queue', 'first');
    await settled();
    await Promise.all([a.redis.srem('queue', 'first'), b.redis.sadd('queue', 'second')]);
    expect(await settled()).toEqual({ queue: ['set', -1, ['second']] });
    await client.srem('queue', 'second');
    expect(await settled()).toEqual({});
  });

  test('expire, and are moved and kept by whoever changes the expiry', async () => {
    const [soon, later] = [Date.now() + 400, Date.now() + 3_600_000];
    await a.redis.hset('short', 'a', '1');
    await a.redis.hset('long', 'a', '1');
    await a.redis.pexpireat('short', soon);
    await a.redis.pexpireat('long', later - 1);
    await b.redis.sadd('kept', 'x');
    await b.redis.pexpireat('kept', later);
    expect(await settled()).toMatchObject({ kept: ['set', later, ['x']], long: ['hash', later - 1, [['a', '1']]] });
    await client.pexpireat('long', later);
    await a.redis.persist('kept');
    await until('it is gone', async () => (await contentOf(client)).short === undefined);
    expect(await settled()).toEqual({ kept: ['set', -1, ['x']], long: ['hash', later, [['a', '1']]] });
    await client.hset('short', 'b', '2');
    expect(await settled()).toMatchObject({ short: ['hash', -1, [['b', '2']]] });
    await a.redis.del('kept', 'long', 'short');
  });

  test('a string that looks like the dump of a sorted set is a string', async () => {
    const dump = await a.redis.zadd('zset', 1, 'member').then(() => a.redis.dumpBuffer('zset'));
    const lookalike = Buffer.concat([dump!, Buffer.alloc(20, 5)]);
    await a.redis.mset('lookalike', dump!, 'other', lookalike, 'fives', Buffer.alloc(100, 5));
    const content = await settled();
    expect(content).toMatchObject({ lookalike: ['string', -1, dump!.toString('latin1')] });
    expect(content).toMatchObject({ fives: ['string', -1, '\x05'.repeat(100)] });
    await a.redis.del('zset', 'lookalike', 'other', 'fives');
    expect(await settled()).toEqual({});
  });

  test('numbers are strings, to which nodes add as a Redis does', async () => {
    await a.redis.set('number', '5');
    await settled();
    expect(await client.incrby('number', 2)).toBe(7);
    expect(await settled()).toEqual({ number: ['string', -1, '7'] });
    await b.redis.incr('number');
    expect(await settled()).toEqual({ number: ['string', -1, '8'] });
    await a.redis.del('number');
  });

  test('a field that is deleted is gone, also of a hash that takes more than 8 MiB where it is not packed, and that others change meanwhile', async () => {
    await a.redis.hset('packed', { long: 'x'.repeat(9_000_000), short: '1' });
    await settled();
    await apart(() => client.hset('packed', 'by c', '1'));
    expect(await a.redis.hdel('packed', 'long')).toBe(1);
    await settled();
    expect((await b.redis.hkeys('packed')).sort()).toEqual(['by c', 'short']);
    await a.redis.del('packed');
    expect(await settled()).toEqual({});
  });

  test('a hash of 5,000 fields travels, and one field of it as well', async () => {
    const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`field ${i}`, `value ${i}`]));
    await a.redis.hset('large', fields);
    await settled();
    await Promise.all([client.hset('large', 'field 7', 'by c'), b.redis.hset('large', 'field 8', 'by b')]);
    const content = await settled();
    const expected = { ...fields, 'field 7': 'by c', 'field 8': 'by b' };
    expect(content).toEqual({ large: ['hash', -1, Object.entries(expected).sort()] });
  });

  test('one that is deleted elsewhere is freed without holding its Redis', async () => {
    await a.redis.call('CONFIG', 'RESETSTAT');
    await client.del('large');
    expect(await settled()).toEqual({});
    await client.hset('small', 'field', '1');
    await settled();
    await apart(() => client.del('small'));
    await a.redis.sadd('other', '1');
    expect(Object.keys(await settled())).toEqual(['other']);
    const commands = await a.redis.info('commandstats');
    expect(commands).toContain('cmdstat_unlink:');
    expect(commands).not.toContain('cmdstat_del:');
  });
});

/** A key that becomes one of another type after its type was read. */
function noneWhileChanging(error: Error): [] {
  if (error.message.startsWith('WRONGTYPE')) return [];
  throw error;
}
