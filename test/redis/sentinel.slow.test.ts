import { afterEach, expect, jest, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { checkRedis } from '../../src/engines/redis/check.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { until } from '../bench/probes.js';
import { call } from './redis-cluster.js';
import { Sentinels } from './sentinels.js';
import { reopenIfEnded, sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

// Servers that elect a new master take their time.
jest.setTimeout(60_000);

const site = sitesOfTests();
let sentinels: Sentinels | null = null;

afterEach(async () => {
  await sentinels?.stop();
  sentinels = null;
});

async function twoSites(): Promise<[TestSite, TestSite, Sentinels]> {
  const watched = await new Sentinels().start();
  sentinels = watched;
  const connect = (): Redis => {
    const options = {
      name: watched.name,
      sentinelRetryStrategy: () => 50,
      retryStrategy: () => 50,
      failoverDetector: true,
    };
    const client = new Redis({ sentinels: watched.seeds, ...options, maxRetriesPerRequest: null });
    client.on('error', () => {});
    return persistent(client);
  };
  const [a, b] = [site('a', { servers: { url: watched.url, connect } }), site('b')];
  await a.start();
  await b.start(a);
  await a.redis.mset(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, 'before'])));
  await untilEqual(a, b);
  return [a, b, watched];
}

/** Its commands are tried as often as it takes: each Sentinel that tells of a failover makes the client connect anew, and lose what is under way. */
function persistent(redis: Redis): Redis {
  return new Proxy(redis, {
    get(_, name) {
      const member: unknown = Reflect.get(redis, name);
      if (typeof member !== 'function' || OF_THE_CONNECTION.has(name)) return member;
      return (...args: unknown[]) => {
        const result: unknown = member.apply(redis, args);
        return result instanceof Promise ? retried(redis, result, () => member.apply(redis, args)) : result;
      };
    },
  });
}

const OF_THE_CONNECTION: ReadonlySet<string | symbol> = new Set(['connect', 'disconnect', 'quit']);

async function retried(redis: Redis, first: Promise<unknown>, again: () => Promise<unknown>): Promise<unknown> {
  for (let call = first; ; call = again()) {
    try {
      return await call;
    } catch (error) {
      if ((error as Error).message !== 'Connection is closed.') throw error;
      reopenIfEnded(redis);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}

whereRedis('a master that Sentinels watch', () => {
  test('is followed when its replica takes over: what was written since is a write, and nothing is held', async () => {
    const [a, b, watched] = await twoSites();
    const before = a.status.version;
    await watched.failOver();
    const port = `tcp_port:${watched.replica.port}`;
    await until('the application has followed', async () => (await a.redis.info('server')).includes(port));
    await until('the node has followed', async () => a.log.some((line) => line.includes('by now')));
    await a.untilAttached();
    await a.redis.set('key 1', 'since');
    await a.redis.del('key 2');
    await b.redis.set('key 3', 'by b');
    const content = await untilEqual(a, b);
    expect([content['key 1'], content['key 2'], content['key 3']]).toEqual([
      ['string', -1, 'since'],
      undefined,
      ['string', -1, 'by b'],
    ]);
    expect(await call(watched.replica, 'GET', 'key 3')).toBe('by b');
    expect(a.status).toMatchObject({ state: 'attached', version: before, held: { missing: 0, different: 0 } });
  });

  test('is followed while the other site writes: what the old master took alone is written again, and nothing is held', async () => {
    const [a, b, watched] = await twoSites();
    const members = Array.from({ length: 200 }, (_, i) => `member ${i}`);
    for (let i = 0; i < 20; i++) await b.redis.sadd(`set ${i}`, ...members);
    await untilEqual(a, b);
    let [writes, isOver] = [0, false];
    const writing = (async () => {
      for (; !isOver; writes++) {
        await b.redis
          .multi()
          .set(`key ${writes % 100}`, `by b ${writes}`)
          .sadd(`set ${writes % 20}`, `by b ${writes}`)
          .exec();
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
    })();
    await watched.failOver();
    await until('the node has followed', async () => a.log.some((line) => line.includes('by now')));
    isOver = true;
    await writing;
    await a.untilAttached();
    expect(a.status).toMatchObject({ state: 'attached', held: { missing: 0, different: 0 } });
    const content = await untilEqual(a, b);
    for (let i = Math.max(0, writes - 100); i < writes; i++)
      expect(content[`key ${i % 100}`]).toEqual(['string', -1, `by b ${i}`]);
    for (let i = Math.max(0, writes - 20); i < writes; i++)
      expect(await b.redis.sismember(`set ${i % 20}`, `by b ${i}`)).toBe(1);
    expect(a.status.counters.captured).toBe(100);
  });

  test('that is killed is followed to its replica, and what that never got is held until it is restored', async () => {
    const [a, b, watched] = await twoSites();
    process.kill(watched.replica.pid, 'SIGSTOP');
    await call(watched.master, 'CLIENT', 'KILL', 'TYPE', 'replica');
    await a.redis.set('key 1', 'lost there');
    const before = await untilEqual(a, b);
    await watched.master.kill();
    process.kill(watched.replica.pid, 'SIGCONT');
    await watched.untilReplicaIsMaster();
    await until('the loss is seen', async () => a.status.state === 'held', { timeoutMs: 10_000 });
    expect(a.status.held).toMatchObject({ missing: 0, different: 1 });
    a.node.bridge!.restore();
    expect(await untilEqual(a, b)).toEqual(before);
  });

  test('under a name that they do not know is refused at the start', async () => {
    sentinels = await new Sentinels().start();
    const target = parseTarget(sentinels.url.replace(/\/main$/, '/other'));
    await expect(checkRedis(target, () => {})).rejects.toMatchObject({ code: 'refused' });
  });
});
