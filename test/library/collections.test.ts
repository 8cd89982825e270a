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

test('all keys are gone through, whatever is under them, each once and with its kind, and can be deleted on the way', async () => {
  const node = await open({ clients: true });
  const expiresAtMs = 4_000_000_000_000;
  await withRedis(node, async (redis) => {
    await redis.hset('user:1', 'name', 'Ann', 'age', '41');
    await redis.pexpireat('user:1', expiresAtMs);
    await redis.sadd('user:all', 'x', 'y');
    await redis.zadd('user:board', 1, 'x');
    await redis.incr('user:n');
    await redis.set('user:s', 'v');
    await redis.hset('user:gone', 'f', '1');
    await redis.hdel('user:gone', 'f');
    await redis.hset(Buffer.from([0x75, 0xff]), 'f', '1');
    await redis.hset('other', 'f', '1');
  });
  const found: [string, string, number | null][] = [];
  for await (const { key, keyBytes, kind, expiresAtMs } of node.keys('user:')) {
    found.push([key, kind, expiresAtMs]);
    await node.delete(keyBytes);
  }
  expect(found.sort()).toEqual([
    ['user:1', 'hash', expiresAtMs],
    ['user:all', 'set', null],
    ['user:board', 'zset', null],
    ['user:n', 'string', null],
    ['user:s', 'string', null],
  ]);
  const left: Buffer[] = [];
  for await (const { keyBytes } of node.keys()) left.push(keyBytes);
  expect(left.sort(Buffer.compare)).toEqual([Buffer.from('other'), Buffer.from([0x75, 0xff])]);
});

test('going through the keys ends with what is thrown for it: a wrong option, a signal, a node that was closed', async () => {
  const node = await open();
  for (const i of [1, 2, 3]) await node.set(`k${i}`, 'v');
  await expect(node.keys('', { prefix: 'k' } as object).next()).rejects.toMatchObject({ code: 'usage' });
  await expect(node.keys('', { signal: AbortSignal.abort(new Error('enough')) }).next()).rejects.toThrow('enough');
  const keys = node.keys();
  await keys.next();
  await node.close();
  await expect(keys.next()).rejects.toMatchObject({ code: 'closed' });
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

test('a field that is too long together with its key is refused by whatever command would make it, and nothing is changed', async () => {
  const node = await open({ clients: true });
  await withRedis(node, async (redis) => {
    const field = 'f'.repeat(1024 * 1024 - 10);
    const longer = 'a key of more than ten bytes';
    await redis.hset('h', field, '1');
    await redis.set(longer, 'as it was');
    const refusal = /field or member of 1048566 bytes is longer than 1048576 together with its key of \d+/;
    await expect(redis.hset('another key', field, '1')).rejects.toThrow(refusal);
    await expect(redis.rename('h', longer)).rejects.toThrow(refusal);
    await expect(redis.copy('h', longer, 'REPLACE')).rejects.toThrow(refusal);
    expect([await redis.hlen('h'), await redis.get(longer)]).toEqual([1, 'as it was']);
    expect(await redis.rename('h', 'ten bytes.')).toBe('OK');
  });
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
