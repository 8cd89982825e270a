import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type { Change, MnemeNode } from '../../src/exports/index.js';
import { openedNodes } from './support/nodes.js';

const open = openedNodes();

test.each([
  ['a hash', 'hash', ['hset', 'key', 'f', '1', 'g', '2']],
  ['a set', 'set', ['sadd', 'key', 'm', 'n']],
  ['a sorted set', 'zset', ['zadd', 'key', '1.5', 'm']],
])('%s is no string: a read says what it is, and the key is there', async (what, kind, command) => {
  const node = await open({ clients: true });
  const [name = '', ...args] = command;
  await withRedis(node, (redis) => redis.call(name, ...args));
  expect(() => node.get('key')).toThrow(
    expect.objectContaining({ code: 'wrong-type', message: expect.stringContaining(`"key" is ${what}`) }),
  );
  expect([node.has('key'), node.expiresAtMs('key'), kind]).toEqual([true, null, kind]);
  expect([await node.touch('key', { ttlMs: 60_000 }), typeof node.expiresAtMs('key')]).toEqual([true, 'number']);
  expect([await node.delete('key'), node.has('key'), node.get('key')]).toEqual([true, false, undefined]);
});

test('an iteration gives strings and numbers that were added to, and nothing of the parts of a key', async () => {
  const node = await open({ clients: true });
  await withRedis(node, async (redis) => {
    await redis.hset('user', 'name', 'Ann');
    await redis.sadd('all', 'x');
    await redis.incrby('hits', 5);
    await redis.set('from', '10');
    await redis.incr('from');
    await redis.set('s', 'v');
  });
  const found: Record<string, string> = {};
  for await (const { key, value } of node.entries()) found[key] = value;
  expect(found).toEqual({ hits: '5', from: '11', s: 'v' });
  expect([node.get('hits'), node.get('from'), node.has('hits')]).toEqual(['5', '11', true]);
});

test('a watcher is told the key of a collection, once, and never a part of it', async () => {
  const node = await open({ clients: true });
  const changes = node.watch('user:')[Symbol.asyncIterator]();
  await withRedis(node, async (redis) => {
    await redis.hset('user:1', 'a', '1', 'b', '2', 'c', '3');
    await redis.hset('other', 'a', '1');
    await redis.incr('user:n');
  });
  const told: Change<string>[] = [];
  for (let i = 0; i < 2; i++) told.push((await changes.next()).value!);
  await node.delete('user:1');
  told.push((await changes.next()).value!);
  await changes.return?.();
  expect(told).toEqual([
    expect.objectContaining({ type: 'other', kind: 'hash', key: 'user:1', expiresAtMs: null }),
    expect.objectContaining({ type: 'set', key: 'user:n', value: '1' }),
    expect.objectContaining({ type: 'delete', key: 'user:1' }),
  ]);
});

// ---

async function withRedis(node: MnemeNode<string>, use: (redis: Redis) => Promise<unknown>): Promise<void> {
  const { port, hostname } = new URL(`redis://${node.address}`);
  const redis = new Redis(Number(port), hostname);
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
}
