import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { checkRedis } from '../../src/engines/redis/check.js';
import { parseTarget } from '../../src/engines/redis/target.js';
import { until } from '../bench/probes.js';
import { sitesOfTests, type TestSite, untilEqual, whereRedis } from './sites.js';

whereRedis('a Redis and the nodes beside it', () => {
  const site = sitesOfTests();
  const obstacles = ({ status }: TestSite): string[] => status.obstacles.map(({ text }) => text);

  /** A node beside the Redis of another site. */
  function beside({ server }: TestSite, name: string, keys = '*'): TestSite {
    const connect = () => new Redis({ port: server.port });
    return site(name, { keys, servers: { url: `redis://localhost:${server.port}`, connect } });
  }

  test('two of one cluster are told at both, by name, until one is gone', async () => {
    const a = site('a');
    await a.start();
    const b = beside(a, 'b');
    await b.start(a);
    for (const [one, other] of [
      [a, 'b'],
      [b, 'a'],
    ] as const) {
      await until('it says so', async () => obstacles(one).some((text) => text.startsWith(`${other} (127.0.0.1:`)));
      expect(obstacles(one)[0]).toContain('of this cluster, one Redis at two sites');
    }
    await b.stopNode();
    await until('nothing is wrong', async () => obstacles(a).length === 0, { timeoutMs: 10_000 });
  });

  test('two of different clusters are told as that; with keys of their own they are no matter', async () => {
    const a = site('a', { keys: 'app:*' });
    await a.start();
    const [b, c] = [beside(a, 'b', 'app:users:*'), beside(a, 'c', 'other:*')];
    await Promise.all([b.start(), c.start()]);
    await until('a says so', async () => obstacles(a).length > 0);
    expect(obstacles(a)).toEqual([expect.stringMatching(/^b \(.* \(of another cluster, two nodes on one Redis/)]);
    await until('b says so', async () => obstacles(b).length > 0);
    expect(obstacles(c)).toEqual([]);
  });

  test('is attached to by a unix socket, in any database', async () => {
    const a = site('a', { database: 3 });
    await a.start();
    const b = site('b', { flags: ['--save', '', '--unixsocket', `${a.dir}/redis.sock`], database: 3 });
    await b.startRedis();
    const url = `redis+unix://${a.dir}/redis.sock?db=3`;
    const bySocket = site('c', { servers: { url, connect: () => b.redis.duplicate() } });
    await bySocket.start(a);
    await bySocket.redis.set('key', 'x');
    expect(Object.keys(await untilEqual(a, bySocket))).toEqual(['key']);
    expect(bySocket.status.redis).toBe(url);
  });

  test('that lacks rights is refused at the start, with all of them by name, and what was tried leaves nothing', async () => {
    const a = site('a');
    await a.startRedis();
    await a.redis.call('ACL', 'SETUSER', 'weak', 'on', '>x', '~*', '+@all', '-dump', '-exec', '-client|tracking');
    const check = checkRedis(parseTarget(`redis://weak:x@127.0.0.1:${a.server.port}`), () => {});
    await expect(check).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringMatching(
        /^redis-cli -h 127\.0\.0\.1 -p \d+ ACL SETUSER weak '\+client\|tracking' '&mneme:nodes' \+dump \+exec$/,
      ),
    });
    await a.redis.call('ACL', 'SETUSER', 'weak', '&mneme:nodes', '+dump', '+exec', '+client|tracking', '-multi');
    const again = checkRedis(parseTarget(`redis://weak:x@127.0.0.1:${a.server.port}`), () => {});
    // Nothing else can be tried without it, and all is to be given at once.
    await expect(again).rejects.toMatchObject({
      hint: expect.stringMatching(/ \+multi .* '\+client\|kill' .* \+exec '&mneme:nodes'$/),
    });
    expect(await a.redis.dbsize()).toBe(0);
  });
});
