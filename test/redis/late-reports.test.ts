import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { NO_PERSISTENCE, RedisServer } from '../bench/redis-server.js';
import { temporaryDirectory } from '../e2e/processes.js';
import { isReporting, LateReports } from './late-reports.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

const KEYS = Array.from({ length: 640 }, (_, i) => `key ${i}`);
const all = (value: string): Record<string, string> => Object.fromEntries(KEYS.map((key) => [key, value]));

/** Replies and reports come on two connections: nothing may depend on which is faster. */
whereRedis('changes that Redis reports later than it answers', () => {
  const site = sitesOfTests();
  const opened: { stop: () => Promise<unknown> }[] = [];

  afterEach(async () => {
    for (const one of opened.splice(0).reverse()) await one.stop();
  });

  /** A site whose node hears of changes late, not started yet. */
  async function lateSite(lateMs: number): Promise<[TestSite, LateReports]> {
    const directory = temporaryDirectory();
    const server = new RedisServer(directory.path, NO_PERSISTENCE);
    await server.start();
    const late = new LateReports(server.port, lateMs);
    const url = await late.start();
    opened.push({ stop: async () => directory.remove() }, { stop: () => server.kill() }, late);
    const b = site('b', { servers: { url, connect: () => new Redis({ port: server.port }) } });
    await b.startRedis();
    return [b, late];
  }

  test('stand where they were made while a Redis with other values was attached', async () => {
    const a = site('a');
    await a.start();
    await a.redis.mset(all('of the cluster'));
    const [b, late] = await lateSite(100);
    await b.redis.mset(all('of b'));
    await until('a has read it', async () => a.status.toRead === 0 && a.status.counters.captured === KEYS.length);
    const release = late.holdAt(2);
    const starting = b.startNode(a);
    await until('changes are reported', async () => late.asked === 2 && (await isReporting(b.redis)));
    await b.redis.mset(all('written by b'));
    release();
    await starting;
    expect(new Set(Object.values(await untilEqual(a, b)).map(String))).toEqual(new Set(['string,-1,written by b']));
  });

  test('are no loss: a flush during a scan is a delete of everything', async () => {
    const a = site('a');
    await a.start();
    const [b, late] = await lateSite(100);
    await b.startNode(a);
    await b.redis.mset(all('of b'));
    await untilEqual(a, b);
    const release = late.holdAt(3);
    await b.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('changes are reported again', async () => late.asked === 3 && (await isReporting(b.redis)));
    await b.redis.flushall();
    release();
    await until('all is deleted at a', async () => (await a.redis.dbsize()) === 0, { timeoutMs: 15_000 });
    expect(b.status.state).not.toBe('held');
  });

  test('each get their version, written here and elsewhere at the same moment', async () => {
    const a = site('a');
    await a.start();
    const [b] = await lateSite(15);
    await b.startNode(a);
    for (let round = 0; round < 40; round++) {
      const keys = KEYS.slice(0, 50);
      const write = ({ redis, name }: TestSite) => Promise.all(keys.map((key) => redis.set(key, `${name} ${round}`)));
      await Promise.all([write(a), write(b)]);
      for (let turn = 0; turn < (round * 7) % 30; turn++) await new Promise((resolve) => setImmediate(resolve));
      // Each site counts on from what it sees: a value that was reverted comes to light.
      const before = Number(await b.redis.get('count'));
      await b.redis.set('count', before + 1);
    }
    await untilEqual(a, b);
    expect(await a.redis.get('count')).toBe('40');
  }, 60_000);
});
