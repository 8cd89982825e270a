import { mkdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { until } from '../bench/probes.js';
import { RedisServer } from '../bench/redis-server.js';
import { NodeProcess, statusOf, temporaryDirectory } from '../e2e/processes.js';
import { whereRedis } from './sites.js';

/** Silence that ends a connection by itself would be told from this. */
const SOON_MS = 8_000;

/** The built program, and how long its process goes on. */
whereRedis('a node that is stopped beside a Redis that stands still', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  type Situation = readonly [
    what: string,
    prepare: (redis: Redis, node: NodeProcess) => Promise<void>,
    after: (node: NodeProcess) => Promise<void>,
  ];
  const nothing = async () => {};

  test.each<Situation>([
    ['with nothing to say', nothing, nothing],
    ['with a write under way', nothing, async (node) => write(node)],
    ['while it connects anew', async (redis) => void (await redis.call('CLIENT', 'KILL', 'TYPE', 'normal')), nothing],
  ])(
    'ends soon: %s',
    async (_what, prepare, after) => {
      const directory = temporaryDirectory();
      mkdirSync(`${directory.path}/redis`);
      const server = new RedisServer(`${directory.path}/redis`, ['--save', '']);
      await server.start();
      const redis = new Redis({ port: server.port, retryStrategy: null });
      redis.on('error', () => {});
      const node = new NodeProcess('a', `${directory.path}/node`, ['--engine', `redis://127.0.0.1:${server.port}`]);
      closing.push(
        () => directory.remove(),
        () => server.kill(),
        () => redis.disconnect(),
        () => node.kill(),
      );
      await node.start(null);
      await until('it is attached', async () => (await statusOf(node.address)).self.engine?.state === 'attached');
      await prepare(redis, node).catch(() => {});
      process.kill(server.pid, 'SIGSTOP');
      await after(node);
      const startMs = performance.now();
      expect(await node.kill('SIGTERM')).toBe(0);
      expect(performance.now() - startMs).toBeLessThan(SOON_MS);
    },
    60_000,
  );
});

async function write(node: NodeProcess): Promise<void> {
  const [host = '', port = ''] = node.address.split(':');
  const client = new Redis({ host, port: Number(port) });
  await client.set('under way', 'x');
  client.disconnect();
}
