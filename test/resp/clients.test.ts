import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { createClient, RESP_TYPES, WatchError } from 'redis';
import { Harness } from './harness.js';
import { isInstalled } from './redis-beside.js';

let harness: Harness;

beforeAll(async () => {
  harness = await Harness.start();
});

beforeEach(() => harness.keyspace.stored.clear());

afterAll(() => harness.stop());

const BINARY = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

describe.each([
  ['its default protocol', {}],
  ['RESP2', { protocol: 2 as const }],
])('ioredis in %s', (_name, options) => {
  let redis: Redis;

  beforeEach(async () => {
    redis = new Redis({
      host: '127.0.0.1',
      port: harness.port,
      lazyConnect: true,
      retryStrategy: () => null,
      ...options,
    });
    await redis.connect();
  });

  afterEach(() => redis.disconnect());

  test('strings, expiry, counters and binary data work', async () => {
    expect(await redis.set('a', '1', 'EX', 100, 'NX')).toBe('OK');
    expect(await redis.set('a', '2', 'NX')).toBeNull();
    expect(await redis.get('a')).toBe('1');
    expect(await redis.ttl('a')).toBe(100);
    expect(await redis.incrby('n', 5)).toBe(5);
    expect(await redis.mset({ x: '1', y: '2' })).toBe('OK');
    expect(await redis.mget('x', 'y', 'z')).toEqual(['1', '2', null]);
    expect(await redis.exists('x', 'z')).toBe(1);
    expect(await redis.set(BINARY, BINARY)).toBe('OK');
    expect(await redis.getBuffer(BINARY)).toEqual(BINARY);
    await expect(redis.incr('missing', 'x' as never)).rejects.toThrow('wrong number of arguments');
    await expect(redis.call('NOSUCH', 'f', 'v')).rejects.toThrow("unknown command 'NOSUCH'");
    expect(await redis.del('a', 'n', 'x', 'y')).toBe(4);
  });

  test('hashes, sets and sorted sets work, and lists are refused', async () => {
    expect(await redis.hset('h', { f: 'v', g: 'w' })).toBe(2);
    expect(await redis.hgetall('h')).toEqual({ f: 'v', g: 'w' });
    expect(await redis.sadd('s', 'a', BINARY)).toBe(2);
    expect((await redis.smembersBuffer('s')).sort(Buffer.compare)).toEqual(
      [BINARY, Buffer.from('a')].sort(Buffer.compare),
    );
    expect(await redis.sinter('s', 's')).toHaveLength(2);
    expect(await redis.zadd('z', 1, 'one', 2.5, 'two')).toBe(2);
    expect(await redis.zscore('z', 'two')).toBe('2.5');
    await expect(redis.lpush('l', 'v')).rejects.toThrow('keeps no lists');
    expect(await redis.del('h', 's', 'z')).toBe(3);
  });

  test('a monitor sees what others do', async () => {
    const monitor = await redis.monitor();
    const seen = new Promise<string[]>((resolve) => {
      monitor.on('monitor', (_time: string, args: string[]) => resolve(args));
    });
    await redis.set('watched', 'closely');
    expect(await seen).toEqual(['set', 'watched', 'closely']);
    monitor.disconnect();
  });

  test('pipelines, transactions and WATCH work', async () => {
    const results = await redis.pipeline().set('a', '1').get('a').incr('a').get('missing').exec();
    expect(results).toEqual([
      [null, 'OK'],
      [null, '1'],
      [null, 2],
      [null, null],
    ]);
    expect(await redis.multi().set('b', '1').incr('b').exec()).toEqual([
      [null, 'OK'],
      [null, 2],
    ]);
    await redis.watch('b');
    const other = redis.duplicate();
    await other.set('b', '9');
    expect(await redis.multi().get('b').exec()).toBeNull();
    other.disconnect();
  });

  test('scanning, INFO and selecting work', async () => {
    await redis.mset(Object.fromEntries(Array.from({ length: 250 }, (_, i) => [`key:${i}`, '1'])));
    const found: string[] = [];
    for await (const keys of redis.scanStream({ match: 'key:*', count: 50 })) found.push(...(keys as string[]));
    expect(new Set(found).size).toBe(250);
    expect(found).toHaveLength(250);
    expect((await redis.keys('key:1?')).length).toBe(10);
    expect(await redis.info()).toContain('redis_version:7.0.15');
    expect(await redis.select(3)).toBe('OK');
    expect(await redis.dbsize()).toBe(0);
    expect(await redis.call('COMMAND', 'COUNT')).toBeGreaterThan(50);
    expect(await redis.wait(0, 10)).toBe(0);
    expect(await redis.quit()).toBe('OK');
  });
});

describe.each([2, 3] as const)('node-redis in RESP%i', (RESP) => {
  function open() {
    return createClient({ url: `redis://127.0.0.1:${harness.port}/1`, RESP, name: 'tester' }).connect();
  }

  test('strings, expiry, options and binary data work', async () => {
    const client = await open();
    expect(await client.set('a', '1', { expiration: { type: 'EX', value: 100 }, condition: 'NX' })).toBe('OK');
    expect(await client.set('a', '2', { condition: 'NX' })).toBeNull();
    expect(await client.get('a')).toBe('1');
    expect(await client.ttl('a')).toBe(100);
    expect(await client.expire('a', 200, 'GT')).toBe(1);
    expect(await client.getEx('a', { type: 'PERSIST' })).toBe('1');
    expect(await client.ttl('a')).toBe(-1);
    expect(await client.incrBy('n', 7)).toBe(7);
    expect(await client.mGet(['a', 'z'])).toEqual(['1', null]);
    const bytes = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    await bytes.set(BINARY, BINARY);
    expect(await bytes.get(BINARY)).toEqual(BINARY);
    expect(await client.clientGetName()).toBe('tester');
    expect((await client.clientInfo()).db).toBe(1);
    expect(await client.unlink(['a', 'n'])).toBe(2);
    await client.close();
  });

  test('transactions, WATCH, pipelines and duplicate work', async () => {
    const client = await open();
    expect(await client.multi().set('a', '1').incr('a').get('a').exec()).toEqual(['OK', 2, '2']);
    await client.watch('a');
    const other = await client.duplicate().connect();
    await other.set('a', '9');
    await expect(client.multi().get('a').exec()).rejects.toThrow(WatchError);
    const many = await Promise.all(Array.from({ length: 500 }, (_, i) => client.incrBy('sum', i)));
    expect(many.at(-1)).toBe((499 * 500) / 2);
    await other.close();
    await client.close();
  });

  test('what a suite asks at its start, and what it looks at, is answered as it expects', async () => {
    const client = await open();
    const other = await client.duplicate().connect();
    const killed = new Promise((resolve) => other.once('error', resolve));
    expect(await client.functionFlush()).toBe('OK');
    expect(await client.scriptFlush()).toBe('OK');
    expect(await client.configGet('databases')).toEqual({ databases: '16' });
    expect(await client.configSet('slowlog-max-len', '100')).toBe('OK');
    const [get, missing] = await client.commandInfo(['get', 'nosuch']);
    expect(get).toMatchObject({ name: 'get', arity: 2, firstKeyIndex: 1, lastKeyIndex: 1, step: 1 });
    expect(missing).toBeNull();
    expect(await client.commandGetKeys(['SET', 'key', 'value'])).toEqual(['key']);
    expect(await client.role()).toEqual({ role: 'master', replicationOffest: 0, replicas: [] });
    expect(await client.memoryUsage('a')).toBeNull();
    expect(await client.clientKill({ filter: 'ID', id: await other.clientId() })).toBe(1);
    expect(await killed).toMatchObject({ message: expect.stringContaining('closed') });
    other.destroy();
    await client.close();
  });

  test('parts of strings, bits, floats and keys that move work', async () => {
    const client = await open();
    await client.set('s', 'Hello World');
    expect(await client.getRange('s', 0, 4)).toBe('Hello');
    expect(await client.setRange('s', 6, 'Redis')).toBe(11);
    expect(await client.setBit('bits', 7, 1)).toBe(0);
    expect(await client.bitCount('bits')).toBe(1);
    expect(await client.incrByFloat('f', 0.1)).toBe('0.1');
    expect(await client.incrByFloat('f', 0.2)).toBe('0.3');
    expect(await client.lcs('s', 's')).toBe('Hello Redis');
    expect(await client.rename('s', 't')).toBe('OK');
    expect(await client.copy('t', 'u')).toBe(1);
    expect(await client.move('u', 3)).toBe(1);
    const dump = await client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).dump('t');
    expect(await client.restore('v', 0, dump!)).toBe('OK');
    expect(await client.objectEncoding('v')).toBe('embstr');
    await client.close();
  });

  test('scan iterators and INFO work', async () => {
    const client = await open();
    await client.mSet(Array.from({ length: 250 }, (_, i): [string, string] => [`key:${i}`, '1']));
    const found: string[] = [];
    for await (const keys of client.scanIterator({ MATCH: 'key:*', COUNT: 50, TYPE: 'string' })) found.push(...keys);
    expect(found).toHaveLength(250);
    expect(new Set(found).size).toBe(250);
    expect(await client.info()).toContain('redis_version:7.0.15');
    expect(await client.dbSize()).toBe(250);
    expect(await client.flushDb()).toBe('OK');
    expect(await client.dbSize()).toBe(0);
    await client.close();
  });
});

const hasCli = isInstalled('redis-cli');

(hasCli ? describe : describe.skip)('redis-cli (skipped where it is not installed)', () => {
  const run = promisify(execFile);

  async function cli(...args: string[]): Promise<string> {
    const { stdout } = await run('redis-cli', ['-p', String(harness.port), ...args]);
    return stdout.trim();
  }

  test('single commands, RESP3, scanning and help of commands work', async () => {
    expect(await cli('SET', 'a', '1')).toBe('OK');
    expect(await cli('-3', 'GET', 'a')).toBe('1');
    expect(await cli('-n', '4', 'DBSIZE')).toBe('0');
    expect(await cli('--scan')).toBe('a');
    expect(await cli('-3', 'HELLO')).toContain('version 7.0.15');
    expect(await cli('COMMAND', 'DOCS', 'set')).toContain('summary');
    expect(await cli('NOSUCH')).toContain("ERR unknown command 'NOSUCH'");
  });

  test('a session on its standard input works', async () => {
    const child = run('redis-cli', ['-p', String(harness.port)]);
    child.child.stdin!.end('MULTI\nSET a 1\nINCR a\nEXEC\nGET a\n');
    expect((await child).stdout.trim().split('\n')).toEqual(['OK', 'QUEUED', 'QUEUED', 'OK', '2', '2']);
  });
});
