import { afterEach, describe, expect, jest, test } from '@jest/globals';
import { Cluster, Redis } from 'ioredis';
import { checkRedis } from '../../src/engines/redis/check.js';
import { SlotSet, slotOf } from '../../src/engines/redis/slots.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { until } from '../bench/probes.js';
import { Prng } from '../sim/prng.js';
import { writeRandom } from './random-writes.js';
import { call, RedisCluster } from './redis-cluster.js';
import { contentOf, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

// Servers that elect a new master take their time.
jest.setTimeout(60_000);

const site = sitesOfTests();
const clusters: RedisCluster[] = [];

afterEach(async () => {
  await Promise.all(clusters.splice(0).map((cluster) => cluster.stop()));
});

async function clusterOf(withReplicas: boolean): Promise<RedisCluster> {
  const cluster = new RedisCluster();
  clusters.push(cluster);
  return cluster.start(withReplicas);
}

function onCluster(name: string, cluster: RedisCluster): TestSite {
  const options = { clusterRetryStrategy: () => 50, redisOptions: { maxRetriesPerRequest: 50 } };
  const connect = (): Redis => {
    const client = new Cluster(cluster.seeds, options);
    client.on('error', () => {});
    return client as unknown as Redis;
  };
  return site(name, { servers: { url: cluster.url, connect } });
}

const KEYS = Array.from({ length: 300 }, (_, i) => `key ${i}`);

async function fill({ redis }: TestSite, value: string): Promise<void> {
  await Promise.all(KEYS.map((key) => redis.set(key, value)));
  await redis.hset('hash', { by: value });
}

const FIELDS = 10_000;

function fieldsOf(from: number, upto: number, value: string, isOne: (i: number) => boolean): Record<string, string> {
  const numbers = Array.from({ length: upto - from }, (_, n) => from + n);
  return Object.fromEntries(numbers.filter(isOne).map((i) => [`field ${i}`, value]));
}

async function fillHash({ redis }: TestSite, key: string, value: string): Promise<void> {
  for (let from = 0; from < FIELDS; from += 1000)
    await redis.hset(
      key,
      fieldsOf(from, from + 1000, value, () => true),
    );
}

async function writeSome({ redis }: TestSite, seed: number): Promise<void> {
  const random = new Prng(seed);
  for (let i = 0; i < 300; i++) await writeRandom(redis, random);
}

whereRedis('a Redis Cluster as a site', () => {
  test('gives and takes what all of its masters hold, of every type, with expiry and deletes', async () => {
    const cluster = await clusterOf(false);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.startRedis();
    await b.startRedis();
    await fill(a, 'by a');
    await b.redis.mset('of b', 'x', 'key 1', 'by b');
    await a.startNode();
    await b.startNode(a);
    expect(await untilEqual(a, b)).toMatchObject({ 'of b': ['string', -1, 'x'], 'key 1': ['string', -1, 'by a'] });
    await Promise.all([writeSome(a, 1), writeSome(b, 2)]);
    await b.redis.del(...KEYS.slice(0, 50));
    await Promise.all(KEYS.slice(50, 100).map((key) => a.redis.del(key)));
    await a.redis.pexpire('hash', 3_600_000);
    await untilEqual(a, b);
    expect(a.status).toMatchObject({ state: 'attached', problem: null, held: { missing: 0, different: 0 } });
    const { captured } = a.status.counters;
    await a.stopNode();
    await a.startNode();
    await untilEqual(a, b);
    expect(a.status.counters.captured + captured).toBe(captured);
  });

  test('and another site change one hash at the same time, also while its master hands over: each field has its last value', async () => {
    const cluster = await clusterOf(true);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    let isOver = false;
    const last: Record<string, string> = {};
    const writing = [a, b].map(async ({ name, redis }) => {
      for (let i = 0; !isOver; i++) {
        const [field, gone] = [`${name} ${i % 20}`, `${name} ${(i + 10) % 20}`];
        await redis.hset('hash', field, String(i));
        await redis.hdel('hash', gone);
        last[field] = String(i);
        delete last[gone];
      }
    });
    await until('both have taken some', async () => [a, b].every(({ status }) => status.counters.applied > 10));
    await cluster.failOver(cluster.masters.findIndex((_, i) => slotOf(Buffer.from('hash')) < ((i + 1) * 16384) / 3));
    await until('the new master is attached', async () => a.status.state === 'attached');
    const { applied } = a.status.counters;
    await until('it takes more', async () => a.status.counters.applied > applied + 10);
    isOver = true;
    await Promise.all(writing);
    expect(await untilEqual(a, b)).toEqual({ hash: ['hash', -1, Object.entries(last).sort()] });
    expect(a.status).toMatchObject({ state: 'attached', held: { missing: 0, different: 0 } });
  });

  test('and another site change different fields of one hash of 10,000: both stay, and it expires and is deleted on both', async () => {
    const cluster = await clusterOf(false);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    for (const key of ['large', 'brief']) await fillHash(a, key, 'at first');
    await untilEqual(a, b);
    // Every fourth of them by each site, in commands that meet on the way.
    const change = async ({ name, redis }: TestSite, own: number): Promise<void> => {
      for (let from = 0; from < FIELDS; from += 400)
        await redis.hset(
          'large',
          fieldsOf(from, from + 400, `by ${name}`, (i) => i % 4 === own),
        );
      await redis.hdel('large', ...Object.keys(fieldsOf(0, FIELDS, '', (i) => i % 100 === own + 2)));
    };
    await Promise.all([change(a, 0), change(b, 1)]);
    const changed = await untilEqual(a, b);
    const kept = (i: number): boolean => i % 100 !== 2 && i % 100 !== 3;
    const wanted = {
      ...fieldsOf(0, FIELDS, 'at first', kept),
      ...fieldsOf(0, FIELDS, 'by a', (i) => i % 4 === 0),
      ...fieldsOf(0, FIELDS, 'by b', (i) => i % 4 === 1),
    };
    const { large } = changed as Record<string, [string, number, [string, string][]]>;
    expect(Object.fromEntries(large![2])).toEqual(wanted);
    await b.redis.pexpire('brief', 600_000);
    await until('the expiry has arrived', async () => (await a.redis.pttl('brief')) > 0);
    await a.redis.pexpire('brief', 1000);
    await until(
      'it has expired on both',
      async () => (await a.redis.exists('brief')) + (await b.redis.exists('brief')) === 0,
    );
    await b.redis.del('large');
    await until(
      'it is deleted on both',
      async () => (await a.redis.exists('large')) + (await b.redis.exists('large')) === 0,
    );
    await b.redis.hset('large', 'new', '1');
    expect(await untilEqual(a, b)).toEqual({ large: ['hash', -1, [['new', '1']]] });
    expect(a.status).toMatchObject({ state: 'attached', problem: null, held: { missing: 0, different: 0 } });
  }, 240_000);

  test('whose masters hand over to their replicas under writes: nothing is held, and both sites hold the same', async () => {
    const cluster = await clusterOf(true);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    await fill(a, 'before');
    await untilEqual(a, b);
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round++) {
        await a.redis.set(KEYS[(round * 7) % KEYS.length]!, `by a ${round}`);
        await b.redis.set(KEYS[(round * 11) % KEYS.length]!, `by b ${round}`);
        if (round % 10 === 0) await a.redis.del(KEYS[round % KEYS.length]!);
      }
    })();
    await cluster.failOver(0);
    await cluster.failOver(1);
    await until('the new masters are attached', async () => a.status.state === 'attached');
    isOver = true;
    await writing;
    await a.redis.set('after', 'x');
    expect(await untilEqual(a, b)).toMatchObject({ after: ['string', -1, 'x'] });
    expect(a.status).toMatchObject({ state: 'attached', held: { missing: 0, different: 0 } });
  });

  test('one of whose masters is killed under writes goes on with its replica; what that lacks is held', async () => {
    const cluster = await clusterOf(true);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    await fill(a, 'before');
    await untilEqual(a, b);
    let isOver = false;
    const writing = (async () => {
      for (let round = 0; !isOver; round++) {
        await a.redis.set(KEYS[(round * 7) % KEYS.length]!, `by a ${round}`).catch(() => {});
        await b.redis.set(KEYS[(round * 11) % KEYS.length]!, `by b ${round}`);
      }
    })();
    await cluster.masters[1]!.kill();
    await cluster.untilMaster(1);
    await until('its replica is attached', async () => ['attached', 'held'].includes(a.status.state), {
      timeoutMs: 10_000,
    });
    isOver = true;
    await writing;
    if (a.status.state === 'held') a.node.bridge!.restore();
    await a.redis.set('after', 'x');
    expect(await untilEqual(a, b)).toMatchObject({ after: ['string', -1, 'x'] });
    expect(await contentOf(b.redis)).toHaveProperty('hash');
  });

  test('one of whose replicas takes over with older data is held, and its old values are not taken for writes', async () => {
    const cluster = await clusterOf(true);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    await fill(a, 'before');
    const [master, replica] = [cluster.masters[0]!, cluster.replicas[0]!];
    // What is written from here on the replica does not get.
    process.kill(replica.pid, 'SIGSTOP');
    await call(master, 'CLIENT', 'KILL', 'TYPE', 'replica');
    const mine = KEYS.filter((key) => slotOf(Buffer.from(key)) < 16384 / 3);
    await Promise.all(mine.map((key) => a.redis.set(key, 'after')));
    await a.redis.del(mine[0]!);
    await untilEqual(a, b);
    const before = await contentOf(b.redis);
    await master.kill();
    process.kill(replica.pid, 'SIGCONT');
    await cluster.untilMaster(0);
    await until('the loss is seen', async () => a.status.state === 'held', { timeoutMs: 10_000 });
    // What was deleted is there again.
    const lost = { missing: 0, different: mine.length - 1, added: 1 };
    expect(a.status.held).toMatchObject({ ...lost, shares: [{ server: `127.0.0.1:${replica.port}`, ...lost }] });
    expect(await contentOf(b.redis)).toEqual(before);
    a.node.bridge!.restore();
    expect(await untilEqual(a, b)).toEqual(before);
  });

  test('that moves slots to another master under writes loses nothing, and deletes nothing', async () => {
    const cluster = await clusterOf(false);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    await fill(a, 'before');
    await untilEqual(a, b);
    const [from, to] = cluster.masters as [(typeof cluster.masters)[0], (typeof cluster.masters)[0]];
    const moved = KEYS.filter((key) => slotOf(Buffer.from(key)) < 16384 / 3).slice(0, 20);
    for (const key of moved) {
      await cluster.move(slotOf(Buffer.from(key)), from, to, async () => {
        await a.redis.set(key, 'while it moved');
        await b.redis.hset('of b', key, 'x');
        await b.redis.set(`{${key}}`, 'by b, while it moved');
      });
    }
    const content = await untilEqual(a, b);
    for (const key of moved) expect(content[key]).toEqual(['string', -1, 'while it moved']);
    for (const key of moved) expect(content[`{${key}}`]).toEqual(['string', -1, 'by b, while it moved']);
    expect(Object.keys(content)).toHaveLength(KEYS.length + 2 + moved.length);
    expect(a.status).toMatchObject({ state: 'attached', held: { missing: 0, different: 0 } });
  });

  test('with a slot that was left half moved names it, until it is moved', async () => {
    const cluster = await clusterOf(false);
    const [a, b] = [onCluster('a', cluster), site('b')];
    await a.start();
    await b.start(a);
    const [from, to] = cluster.masters as [(typeof cluster.masters)[0], (typeof cluster.masters)[0]];
    const key = KEYS.find((one) => slotOf(Buffer.from(one)) < 16384 / 3)!;
    const slot = slotOf(Buffer.from(key));
    await call(from, 'SET', key, 'before');
    await untilEqual(a, b);
    await cluster.move(slot, from, to, async () => {
      await a.redis.set(key, 'while it moved');
      await until('it is told', async () => a.status.obstacles.length > 0, { timeoutMs: 10_000 });
      expect(a.status.obstacles).toMatchObject([
        { keys: 1, next: expect.stringContaining(`-cli --cluster fix 127.0.0.1:${from.port}`) },
      ]);
      const move = `slot ${slot}: is being moved from 127.0.0.1:${from.port} to 127.0.0.1:${to.port}`;
      expect(a.status.obstacles[0]!.text).toContain(move);
    });
    expect(await untilEqual(a, b)).toEqual({ [key]: ['string', -1, 'while it moved'] });
    await until('it is well', async () => a.status.obstacles.length === 0, { timeoutMs: 10_000 });
  });

  test('whose members name each other by addresses of another network is reached by those that are given', async () => {
    const cluster = new RedisCluster(1, ['--cluster-announce-ip', '192.0.2.1']);
    clusters.push(cluster);
    await cluster.start(false);
    const { port } = cluster.masters[0]!;
    const url = `${cluster.url}?nat=192.0.2.1:${port}=127.0.0.1:${port}`;
    const a = site('a', { servers: { url, connect: () => new Redis(port) } });
    await a.start();
    await a.redis.set('key', 'x');
    await until('it is captured', async () => a.status.counters.captured === 1);
  });

  test('is refused by the address of a single Redis, and the other way round', async () => {
    const cluster = await clusterOf(false);
    const b = site('b');
    await b.startRedis();
    const { port } = cluster.masters[0]!;
    await expect(checkRedis(parseTarget(`redis://127.0.0.1:${port}`), () => {})).rejects.toMatchObject({
      code: 'refused',
      hint: 'write redis+cluster://HOST:PORT',
    });
    const single = parseTarget(`redis+cluster://127.0.0.1:${b.server.port}`);
    await expect(checkRedis(single, () => {})).rejects.toMatchObject({ code: 'refused' });
  });
});

describe('slots', () => {
  test.each([
    ['123456789', 12739],
    ['', 0],
    ['{user1000}.following', 3443],
    ['foo{}{bar}', 8363],
    ['foo{{bar}}zap', slotOf(Buffer.from('{bar'))],
    ['{bar', 4015],
  ])('of the key %j is as the specification says: %i', (key, slot) => {
    expect(slotOf(Buffer.from(key))).toBe(slot);
  });

  test.each(['', '0-16383', '0,2-5,16383'])('the set %j is read and written alike', (text) => {
    expect(SlotSet.of(text).toString()).toBe(text);
  });
});
