import { expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { IncidentRecord } from '../../src/core/membership/records.js';
import { until } from '../bench/probes.js';
import { contentOf, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

jest.setTimeout(60_000);

const site = sitesOfTests();

whereRedis('one hash that two sites and an embedded node change while they are cut off', () => {
  test('keeps the fields of each after a merge by hand, where one field is decided about, and an undo gives that back', async () => {
    const [a, b] = (await cutApart('manual')) as [TestSite, TestSite];
    await changing(a, () => a.redis.hset('hash', { both: 'by a', 'of a': '1' }));
    await changing(a, () => a.redis.hdel('hash', 'gone at a'));
    await changing(b, () => b.redis.hset('hash', { both: 'by b', 'of b': '1' }));
    await changing(b, () => b.redis.sadd('set', 'of b'));
    await changing(a, () => a.redis.srem('set', 'first'));
    await changing(a, () => a.redis.zadd('zset', 7, 'of a'));
    await changing(b, () => b.redis.zadd('zset', 9, 'first'));
    mend(a, b);
    await until('the split-brain is found', async () =>
      [a, b].every(({ node }) => node.core.status.records.openIncidents().length === 1),
    );
    expect(await a.redis.hget('hash', 'both')).toBe('by a');
    const { id, counts } = await merge(a);
    expect(counts!.conflicts).toBe(1);
    const merged = {
      hash: hash({ both: 'by b', kept: 'x', 'of a': '1', 'of b': '1' }),
      set: ['set', -1, ['of b', 'second']],
      zset: ['zset', -1, ['of a', '7', 'first', '9']],
    };
    expect(await untilEqual(a, b)).toEqual(merged);
    await a.undo(id);
    await until('the field is back', async () => (await b.redis.hget('hash', 'both')) === 'by a');
    expect(await untilEqual(a, b)).toEqual({
      ...merged,
      hash: hash({ both: 'by a', kept: 'x', 'of a': '1', 'of b': '1' }),
    });
  });

  test('keeps the fields of all three once the network is back', async () => {
    const [a, b, c] = (await cutApart('merge', site('c', { embedded: true }))) as [TestSite, TestSite, TestSite];
    const client = clientOf(c);
    try {
      for (let round = 0; round < 20; round++) {
        await Promise.all([
          a.redis.hset('hash', { 'last of a': String(round), [`a ${round}`]: '1' }),
          b.redis.hset('hash', { 'last of b': String(round), [`b ${round}`]: '1' }),
          client.hset('hash', { 'last of c': String(round), [`c ${round}`]: '1' }),
        ]);
      }
      await a.redis.hdel('hash', 'gone at a');
      await client.hdel('hash', 'kept');
      await Promise.all([a, b].map((one) => until('it is read', async () => one.status.toRead === 0)));
      mend(a, b, c);
      const rounds = Array.from({ length: 20 }, (_, i) => ['a', 'b', 'c'].map((by) => [`${by} ${i}`, '1'])).flat();
      const expected = hash({
        ...Object.fromEntries(rounds),
        both: 'before',
        ...{ 'last of a': '19', 'last of b': '19', 'last of c': '19' },
      });
      await until('c has all', async () => (await client.hlen('hash')) === expected[2].length);
      expect((await untilEqual(a, b)).hash).toEqual(expected);
      expect((await contentOf(client)).hash).toEqual(expected);
    } finally {
      client.disconnect();
    }
  });

  test('stands whole where it was changed after it was deleted elsewhere, and is gone where it was deleted after that', async () => {
    const [a, b] = (await cutApart('merge')) as [TestSite, TestSite];
    await changing(a, () => a.redis.del('hash'));
    await changing(a, () => a.redis.sadd('set', 'of a'));
    await changing(a, () => a.redis.pexpireat('zset', LATER_MS));
    await changing(b, () => b.redis.hset('hash', 'of b', '1'));
    await changing(b, () => b.redis.del('set'));
    await changing(b, () => b.redis.zadd('zset', 2, 'of b'));
    mend(a, b);
    await until('a has heard of b', async () => (await a.redis.zscore('zset', 'of b')) === '2');
    expect(await untilEqual(a, b)).toEqual({
      hash: hash({ both: 'before', 'gone at a': 'x', kept: 'x', 'of b': '1' }),
      zset: ['zset', LATER_MS, ['first', '1', 'of b', '2']],
    });
  });
});

whereRedis('one hash of which an application changes fields all the time', () => {
  test('takes what another site changes in it, and a field that both change has the last value', async () => {
    const [a, b] = [site('a'), site('b')];
    await a.start();
    await b.start(a);
    let isOver = false;
    let last = 0;
    const writing = (async () => {
      for (let i = 0; !isOver; i++) {
        await b.redis.hset('hash', 'of b', String(i), `of b ${i % 50}`, 'x');
        last = i;
      }
    })();
    for (let i = 0; i < 5; i++) {
      await a.redis.hset('hash', 'of a', String(i), 'gone', 'x');
      await until('b has it', async () => (await b.redis.hget('hash', 'of a')) === String(i));
      await a.redis.hdel('hash', 'gone');
      await until('it is gone', async () => (await b.redis.hexists('hash', 'gone')) === 0);
    }
    await a.redis.hset('hash', 'of b', 'by a');
    isOver = true;
    await writing;
    await untilEqual(a, b);
    expect(await b.redis.hmget('hash', 'of a', 'gone')).toEqual(['4', null]);
    expect([String(last), 'by a']).toContain(await a.redis.hget('hash', 'of b'));
  });
});

whereRedis('one hash that a Redis and an embedded node change at the same time', () => {
  test('is the same on both, with the last value of each of their fields', async () => {
    const [a, c] = [site('a'), site('c', { embedded: true })];
    await a.start();
    await c.start(a);
    const client = clientOf(c);
    try {
      const writing = [a.redis, client].map(async (redis, by) => {
        for (let i = 0; i < 500; i++) {
          await redis.hset('hash', `${by} ${i % 50}`, String(i));
          if (i % 7 === 0) await redis.hdel('hash', `${by} ${(i + 25) % 50}`);
          await redis.hset('hash', 'both', `${by} ${i}`);
        }
        return redis.hgetall('hash');
      });
      const [ofA, ofC] = await Promise.all(writing);
      const own = (all: Record<string, string> | undefined, by: number) =>
        Object.fromEntries(Object.entries(all!).filter(([name]) => name.startsWith(`${by} `)));
      const { both } = await sameOn(a, client);
      expect(['0 499', '1 499']).toContain(both);
      expect(await a.redis.hgetall('hash')).toEqual({ ...own(ofA, 0), ...own(ofC, 1), both });
    } finally {
      client.disconnect();
    }
  });
});

// ---------------------------------------------------------------------------------------------------------------------

const LATER_MS = Math.floor(Date.now() / 1000) * 1000 + 3_600_000;

function hash(fields: Record<string, string>): [string, number, [string, string][]] {
  return ['hash', -1, Object.entries(fields).sort()];
}

/** Two sites with a hash, a set and a sorted set, and perhaps a node without a Redis, none of which reaches another any more. */
async function cutApart(onHeal: 'manual' | 'merge', third?: TestSite): Promise<TestSite[]> {
  const settings = { 'on-heal': onHeal, 'failure-timeout': 400 } as const;
  const [a, b] = [site('a', { settings }), site('b', { settings })];
  await a.start();
  await b.start(a);
  await third?.start(a);
  await a.redis.hset('hash', { kept: 'x', both: 'before', 'gone at a': 'x' });
  await a.redis.sadd('set', 'first', 'second');
  await a.redis.zadd('zset', 1, 'first');
  await untilEqual(a, b);
  const all = [a, b, ...(third === undefined ? [] : [third])];
  if (third !== undefined) await sameOn(a, clientOf(third));
  for (const one of all)
    one.node.core.operator.cut(all.filter((other) => other !== one).map((other) => other.node.identity.replica));
  await until('all have declared the others down', async () =>
    all.every(({ node }) => node.core.status.separations.list().length === all.length - 1),
  );
  return all;
}

function mend(...sites: readonly TestSite[]): void {
  for (const { node } of sites) node.core.operator.cut([]);
}

/** Its node has versioned what its application does, before anything is done elsewhere. */
async function changing(at: TestSite, work: () => Promise<unknown>): Promise<void> {
  const before = at.status.counters.captured;
  await work();
  await until('it is captured', async () => at.status.counters.captured > before && at.status.toRead === 0);
}

function merge(at: TestSite): Promise<IncidentRecord> {
  return new Promise((done, reject) => {
    at.node.core.operator.resolve({ kind: 'merge', policy: 'lww' }, new Map(), null, { resolve: done, reject });
    at.node.schedule();
  });
}

function clientOf({ node }: TestSite): Redis {
  return new Redis(Number(node.address.split(':').at(-1)));
}

async function sameOn(at: TestSite, client: Redis): Promise<Record<string, string>> {
  await until('both hold the same', async () => {
    if (at.status.toRead + at.status.toWrite > 0) return false;
    const [one, other] = await Promise.all([contentOf(at.redis), contentOf(client)]);
    return JSON.stringify(one) === JSON.stringify(other);
  });
  return client.hgetall('hash');
}
