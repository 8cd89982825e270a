import { expect, test } from '@jest/globals';
import { until } from '../bench/probes.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

whereRedis('what is wrong with a Redis', () => {
  const site = sitesOfTests();

  async function pair(options: Parameters<typeof site>[1] = {}): Promise<[TestSite, TestSite]> {
    const [a, b] = [site('a'), site('b', options)];
    await a.start();
    await b.start(a);
    return [a, b];
  }

  const obstacles = ({ status }: TestSite): string => status.obstacles.map(({ text }) => text).join('\n');

  test('that stands still is told within two seconds, with what waits for it', async () => {
    const [a, b] = await pair();
    process.kill(b.server.pid, 'SIGSTOP');
    try {
      await a.redis.mset(Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`key ${i}`, 'x'])));
      await until('b is to write them', async () => b.status.toWrite === 100);
      await until('b says so', async () => /has not answered for \d s; 0 keys wait .* 100 to be/.test(obstacles(b)), {
        timeoutMs: 2500,
      });
    } finally {
      process.kill(b.server.pid, 'SIGCONT');
    }
    await untilEqual(a, b);
    await until('nothing is wrong', async () => obstacles(b) === '');
  });

  test('that answers, and does not take what waits, is told as well', async () => {
    const [a, b] = await pair();
    await b.redis.call('CLIENT', 'PAUSE', '3500', 'WRITE');
    await a.redis.set('key', 'x');
    await until('b says so', async () => /1 to be written/.test(obstacles(b)), { timeoutMs: 3000 });
    await untilEqual(a, b);
    await until('nothing is wrong', async () => obstacles(b) === '');
  });

  test('that ends connections over what it has to answer is read in smaller batches', async () => {
    const [a, b] = await pair();
    await b.redis.config('SET', 'client-output-buffer-limit', 'normal 700kb 0 0');
    const values = Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`key ${i}`, Buffer.alloc(20_000, i)]));
    const before = await attachesOf(b);
    await b.redis.mset(values);
    await until('a has all', async () => (await a.redis.dbsize()) === 1500, { timeoutMs: 25_000 });
    expect((await attachesOf(b)) - before).toBeLessThan(4);
    expect(b.status.leftOut.count).toBe(0);
  });

  test('that wants a password by now is told with what to start the node with, and is over without it', async () => {
    const [, b] = await pair();
    await b.redis.config('SET', 'requirepass', 'secret');
    await b.redis.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await until('b says so', async () => b.status.problem?.includes('redis://USER:PASSWORD@') === true);
    await b.redis.config('SET', 'requirepass', '');
    await until('b is attached again', async () => b.status.problem === null && b.status.state === 'attached');
  });

  test('once the connection is up is tried later each time, and logged once until it is over', async () => {
    const [a, b] = await pair();
    // Any read ends the connection: it comes up each time, and nothing goes well on it.
    await b.redis.call('ACL', 'SETUSER', 'default', '-evalsha');
    const [before, startedMs] = [await connectionsOf(b), performance.now()];
    await b.redis.set('key', 'x');
    await until('b has tried five times', async () => (await connectionsOf(b)) >= before + 5 * 3);
    // After 100, 200, 400 and 800 ms.
    expect(performance.now() - startedMs).toBeGreaterThan(1490);
    expect(b.status.problem).toMatch(/no permissions to run the 'evalsha' command/);
    expect(b.log.filter((line) => line.includes('evalsha'))).toHaveLength(1);
    await b.redis.call('ACL', 'SETUSER', 'default', '+evalsha');
    await untilEqual(a, b);
    await until('nothing is wrong', async () => b.status.problem === null);
    expect(b.log.filter((line) => line.includes('attached again'))).toHaveLength(1);
  });
});

async function connectionsOf({ redis }: TestSite): Promise<number> {
  return Number(/total_connections_received:(\d+)/.exec(await redis.info('stats'))?.[1]);
}

async function attachesOf({ redis }: TestSite): Promise<number> {
  return Number(/cmdstat_client\|tracking:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
}
