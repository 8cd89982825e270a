import { expect, test } from '@jest/globals';
import { readSetAside } from '../../src/core/membership/records.js';
import { BUCKETS } from '../../src/core/model/bytes.js';
import { stubOf } from '../../src/core/model/entry.js';
import { until } from '../bench/probes.js';
import { contentOf, sitesOfTests, untilEqual, whereRedis } from './sites.js';

const site = sitesOfTests();

whereRedis('a Redis that is attached with other values than the cluster holds', () => {
  test('gets those of the cluster; its own are set aside, of every type, and an undo makes them stand', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    await a.redis.mset('string', 'by a', 'equal', 'x', 'type', 'by a');
    await a.redis.hset('hash', 'by', 'a');
    await b.startRedis();
    await b.redis.mset('string', 'by b', 'equal', 'x', 'only b', 'x');
    await b.redis.hset('hash', 'by', 'b');
    await b.redis.rpush('type', 'by', 'b');
    await b.redis.pexpire('type', 3_600_000);
    const ofB = await contentOf(b.redis);
    await until('a has read it', async () => a.status.counters.captured === 4);
    const ofA = await contentOf(a.redis);
    await b.startNode(a);
    expect(await untilEqual(a, b)).toEqual({ ...ofA, 'only b': ofB['only b'] });
    await until('a knows of it', async () => a.incidents()[0]?.setAside === 3);
    const [incident] = a.incidents();
    expect(incident).toMatchObject({ kind: 'attach', state: 'resolved' });
    expect(b.log.join('\n')).toContain(`see mneme split-brain show ${incident!.id}`);
    expect(await a.undo(incident!.id)).toMatchObject({ restored: 3, skipped: 0 });
    await until('a has the list', async () => (await a.redis.type('type')) === 'list');
    expect(await untilEqual(a, b)).toEqual(ofB);
    await a.undo(a.incidents()[0]!.id);
    await until('a has the string', async () => (await a.redis.type('type')) === 'string');
    expect(await untilEqual(a, b)).toEqual({ ...ofA, 'only b': ofB['only b'] });
  });

  test('since its node lost its directory, reverts nothing that was written or deleted elsewhere meanwhile', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    await b.start(a);
    await a.redis.mset(Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`key ${i}`, 'x'])));
    await untilEqual(a, b);
    await b.loseDirectory();
    await a.redis.mset('key 1', 'by a', 'key 2', 'by a');
    await a.redis.del('key 3');
    await b.redis.mset('key 2', 'by b', 'key 4', 'by b', 'key 5', 'by b');
    await until('a has read it', async () => a.status.counters.captured === 303);
    b.name = 'b-the-second';
    await b.startNode(a);
    const content = await untilEqual(a, b);
    expect(Object.keys(content)).toHaveLength(299);
    const values = [1, 2, 3, 4].map((i) => content[`key ${i}`]);
    expect(values).toEqual([['string', -1, 'by a'], ['string', -1, 'by a'], undefined, ['string', -1, 'x']]);
    expect(b.incidents()[0]).toMatchObject({ kind: 'attach', setAside: 5 });
    await b.undo(b.incidents()[0]!.id);
    await until('a has what b had', async () => (await a.redis.get('key 5')) === 'by b');
    const undone = await untilEqual(a, b);
    expect([1, 2, 3].map((i) => undone[`key ${i}`])).toEqual(['x', 'by b', 'x'].map((value) => ['string', -1, value]));
  });

  test('stays apart in what there is no room to set aside, says so, and comes together once there is', async () => {
    const limits = { 'set-aside': 2 };
    const [a, b] = [site('a', { limits }), site('b', { limits })];
    await a.start();
    await a.redis.mset('one', 'a', 'two', 'a', 'three', 'a');
    await b.startRedis();
    await b.redis.mset('one', 'b', 'two', 'b', 'three', 'b');
    await until('a has read it', async () => a.status.counters.captured === 3);
    await b.startNode(a);
    await until('one key waits', async () => b.status.obstacles.length === 1);
    expect(b.status.obstacles).toMatchObject([
      {
        keys: 1,
        text: expect.stringMatching(
          /^1 key that .* stay so, .* \(it would set aside 1 value; the limit set-aside is 2, and 2 are now\)$/,
        ),
        next: expect.stringContaining('--limit set-aside=3'),
      },
    ]);
    expect(await a.redis.mget('one', 'two', 'three')).toEqual(['a', 'a', 'a']);
    expect((await b.redis.mget('one', 'two', 'three')).sort()).toEqual(['a', 'a', 'b']);
    expect(b.incidents()[0]).toMatchObject({ kind: 'attach', setAside: 2 });
    // All else goes on.
    await b.redis.set('four', 'b');
    await until('a has it', async () => (await a.redis.get('four')) === 'b');
    b.change({ limits: { 'set-aside': 3 } });
    await b.stopNode();
    await b.startNode(a);
    expect(await untilEqual(a, b)).toMatchObject({ one: ['string', -1, 'a'], three: ['string', -1, 'a'] });
    await until('it waits no more', async () => b.status.obstacles.length === 0);
  });

  test('keeps its own where the cluster has evicted its value', async () => {
    const [a, b] = [site('a', { embedded: true }), site('b')];
    await a.start();
    const key = Buffer.from('\0key');
    a.node.engine.store('data').put(stubOf(a.node.core.write(key, Buffer.from('evicted'), 0)));
    await b.startRedis();
    await b.redis.set('key', 'by b');
    await b.startNode(a);
    await until('a has it', async () => String(a.node.core.get(key)?.value) === 'by b');
    expect(await b.redis.get('key')).toBe('by b');
  });

  test('while its application and the others write: one of the two values of every key is set aside', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    const keys = Array.from({ length: 2000 }, (_, i) => `key ${i}`);
    const all = (value: string) => Object.fromEntries(keys.map((key) => [key, value]));
    await a.redis.mset(all('of the cluster'));
    await b.startRedis();
    await b.redis.mset(all('of b'));
    await until('a has read it', async () => a.status.toRead === 0 && a.status.counters.captured === keys.length);
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round++) {
        await b.redis.set(keys[(round * 37) % keys.length]!, `written by b ${round}`);
        await a.redis.set(keys[(round * 41) % keys.length]!, `written by a ${round}`);
      }
    })();
    await b.startNode(a);
    isOver = true;
    await writing;
    const content = await untilEqual(a, b);
    const { store } = b.node.core.status.system;
    const entries = Array.from({ length: BUCKETS }, (_, bucket) => [...store.bucket(bucket)]).flat();
    const asides = entries.map((entry) => readSetAside(entry, null)).filter((aside) => aside !== null);
    const overridden = asides.filter(({ key, value }) => {
      const [, , stands] = content[String(key.subarray(1))] as unknown[];
      return String(value) !== stands;
    });
    expect(new Set(overridden.map(({ key }) => String(key.subarray(1)))).size).toBe(keys.length);
    expect(b.incidents()[0]).toMatchObject({ kind: 'attach', setAside: asides.length });
  });
});
