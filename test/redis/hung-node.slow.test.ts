import { mkdirSync } from 'node:fs';
import { afterEach, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { connectClient } from '../../src/admin/client/client.js';
import { until } from '../bench/probes.js';
import { RedisServer } from '../bench/redis-server.js';
import { NodeProcess, temporaryDirectory } from '../e2e/processes.js';
import { whereRedis } from './sites.js';

const FULL = ['--save', '', '--maxmemory', '20mb', '--maxmemory-policy', 'allkeys-lru'];
const KEYS = 20_000;

/** The built program: it is stopped by a signal, as a frozen virtual machine is. */
whereRedis('a node that stands still', () => {
  const closing: (() => unknown)[] = [];

  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  async function siteWith(user: string): Promise<{ redis: Redis; node: NodeProcess }> {
    const directory = temporaryDirectory();
    mkdirSync(`${directory.path}/redis`);
    const server = new RedisServer(`${directory.path}/redis`, FULL);
    await server.start();
    const redis = new Redis({ port: server.port });
    await redis.call('ACL', 'SETUSER', 'weak', 'on', '>secret', '~*', '&*', '+@all', '-wait');
    const node = new NodeProcess('a', `${directory.path}/node`, [
      '--engine',
      `redis://${user}127.0.0.1:${server.port}`,
    ]);
    closing.push(
      () => directory.remove(),
      () => server.kill(),
      () => redis.disconnect(),
      () => node.kill(),
    );
    await node.start(null);
    return { redis, node };
  }

  test('costs its Redis no data: after some seconds the server keeps no reports for it', async () => {
    const { redis, node } = await siteWith('');
    for (let at = 0; at < KEYS; at += 1000)
      await redis.mset(...Array.from({ length: 1000 }, (_, i) => [`data:${at + i}`, 'x'.repeat(400)]).flat());
    await untilQuiet(node);
    process.kill(node.pid, 'SIGSTOP');
    await until(
      'its reports are ended',
      async () => !(await clientsOf(redis)).some(({ flags }) => flags.includes('P')),
      {
        timeoutMs: 15_000,
        pollMs: 100,
      },
    );
    // More than 32 MB of reports.
    const keys = Array.from({ length: 1000 }, (_, i) => [`hot:${i}:${'x'.repeat(100)}`, 'x']).flat();
    for (let round = 0; round < 500; round++) await redis.mset(...keys);
    expect(Number(/evicted_keys:(\d+)/.exec(await redis.info('stats'))?.[1])).toBe(0);
    await redis.set('meanwhile', 'x');
    process.kill(node.pid, 'SIGCONT');
    await until('it has read what came meanwhile', async () => (await captured(node)) === KEYS + 1001);
  }, 60_000);

  test('without the right to lay the fuse is bounded by the server: its connection is of class pubsub', async () => {
    const { redis } = await siteWith('weak:secret@');
    await until('its reports are of class pubsub', async () => {
      const clients = await clientsOf(redis);
      const tracking = clients.find(({ flags }) => flags.includes('t'));
      return clients.some(({ id, flags }) => id === tracking?.redir && flags.includes('P'));
    });
  });
});

async function clientsOf(redis: Redis): Promise<{ id: string; flags: string; redir: string }[]> {
  const lines = String(await redis.client('LIST'))
    .trim()
    .split('\n');
  const field = (line: string, name: string): string => new RegExp(`\\b${name}=(\\S*)`).exec(line)?.[1] ?? '';
  return lines.map((line) => ({ id: field(line, 'id'), flags: field(line, 'flags'), redir: field(line, 'redir') }));
}

async function untilQuiet(node: NodeProcess): Promise<void> {
  await until('it has read all', async () => (await captured(node)) === KEYS);
}

async function captured({ address }: NodeProcess): Promise<number> {
  const client = await connectClient(address);
  try {
    return (await client.call('ENGINE', { action: 'status' })).engine.counters.captured;
  } finally {
    client.close();
  }
}
