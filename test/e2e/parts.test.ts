import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, untilInSync } from './processes.js';

/** What commands say of hashes, sets and sorted sets, on real nodes. */
const home = temporaryDirectory();
const a = new NodeProcess('a', join(home.path, 'a'));
const b = new NodeProcess('b', join(home.path, 'b'));
let redis: Redis;

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  redis = clientOf(a);
  await redis.hset('user:1', 'name', 'Ann', 'city', 'Graz');
  await redis.expire('user:1', 3600);
  await redis.sadd('tags', 'x', 'y');
  await redis.zadd('board', 1.5, 'm', '-inf', 'n');
  await redis.incrby('hits', 7);
  await redis.set('s', 'v');
  await untilInSync(a, b);
}, 90_000);

afterAll(async () => {
  redis?.disconnect();
  await Promise.all([a.kill(), b.kill()]);
  home.remove();
});

test('a list shows each key once, with its type and how many parts it has; counts are of keys', async () => {
  const { stdout } = await mneme(['entry', 'list', '--node', b.address, '-o', 'wide']);
  expect(stdout).toMatch(/board .*sorted set of 2 members/);
  expect(stdout).toMatch(/user:1 .*hash of 2 fields .*(59 min|1 h|60 min)/);
  expect(stdout).toMatch(/hits +7 /);
  const { entries } = await mnemeJson<{ entries: { key: string; type: string; parts: number | null }[] }>([
    ...['entry', 'list', '--node', a.address],
  ]);
  expect(entries.map(({ key, type, parts }) => [key, type, parts])).toEqual([
    ['board', 'zset', 2],
    ['hits', 'string', null],
    ['s', 'string', null],
    ['tags', 'set', 2],
    ['user:1', 'hash', 2],
  ]);
  for (const node of [a, b]) expect((await statusOf(node.address)).self.entries).toBe(5);
  expect(await redis.info('keyspace')).toContain('db0:keys=5,expires=1,');
});

test('a hash, a set and a sorted set are read as tables, and as JSON', async () => {
  const hash = await mneme(['entry', 'get', 'user:1', '--node', b.address]);
  expect([hash.code, hash.stdout]).toEqual([0, expect.stringMatching(/FIELD +VALUE[\s\S]*name +Ann/)]);
  expect(hash.stderr).toContain('expires in');
  expect((await mneme(['entry', 'get', 'tags', '--node', b.address])).stdout).toMatch(/MEMBER\s+(x\s+y|y\s+x)\s/);
  const board = await mnemeJson<object>(['entry', 'get', 'board', '--node', b.address]);
  expect(board).toMatchObject({ found: true, value: null, type: 'zset', more: 0 });
  expect(board).toHaveProperty('parts', [
    { name: 'n', nameBase64: 'bg==', value: null, valueBase64: null, score: '-inf' },
    { name: 'm', nameBase64: 'bQ==', value: null, valueBase64: null, score: '1.5' },
  ]);
});

test('replicas that hold the same parts are the same, by versions and by values', async () => {
  expect((await mneme(['replica', 'compare', 'a', 'b', '--node', a.address])).stdout).toContain('Same');
  expect((await mneme(['replica', 'verify', '--values', '--node', a.address])).code).toBe(0);
});

test('an inspected counter shows the value that was set and the counts beside it, which make the sum', async () => {
  const other = clientOf(b);
  await redis.set('sum', '100');
  await redis.incr('sum');
  await untilInSync(a, b);
  await other.incrby('sum', 10);
  other.disconnect();
  await untilInSync(a, b);
  const { stdout } = await mneme(['entry', 'inspect', 'sum', '--node', a.address]);
  expect(stdout).toMatch(/a +111 [\s\S]*PART +VALUE/);
  expect(stdout).toMatch(/whole +100 +.* a\b/);
  for (const text of [/count of a +\+ 1 /, /count of b +\+ 10 /]) expect(stdout).toMatch(text);
  const inspected = await mnemeJson<object>(['entry', 'inspect', 'sum', '--node', a.address]);
  expect(inspected).toMatchObject({ parts: { whole: { preview: '100' }, size: null } });
  const counts = await mnemeJson<object>(['entry', 'inspect', 'hits', '--node', a.address]);
  expect(counts).toMatchObject({ parts: { whole: null } });
});

test('a delete ends a collection whole, and what waits to be collected is no difference', async () => {
  expect((await mneme(['entry', 'delete', 'tags', '--node', a.address])).stdout).toContain('deleted 1 key');
  await untilInSync(a, b);
  expect((await mneme(['entry', 'get', 'tags', '--node', b.address])).code).toBe(7);
  expect((await mneme(['replica', 'compare', 'a', 'b', '--node', a.address])).stdout).toContain('Same');
});

// ---

function clientOf(node: NodeProcess): Redis {
  return new Redis(Number(node.address.slice(node.address.lastIndexOf(':') + 1)), '127.0.0.1');
}

test('two nodes that count at the same time both count, and the writes that they set the number by stand', async () => {
  const other = clientOf(b);
  const countOn = async (client: Redis): Promise<void> => {
    for (let i = 0; i < 100; i++) {
      const pipeline = client.pipeline();
      for (let j = 0; j < 1000; j++) pipeline.incr('both');
      await pipeline.exec();
    }
  };
  try {
    await Promise.all([countOn(redis), countOn(other)]);
    await untilInSync(a, b);
    expect([await redis.get('both'), await other.get('both')]).toEqual(['200000', '200000']);
    expect(await other.set('both', '5')).toBe('OK');
    await untilInSync(a, b);
    expect([await redis.incr('both'), await redis.getdel('both')]).toEqual([6, '6']);
  } finally {
    other.disconnect();
  }
});
