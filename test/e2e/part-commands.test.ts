import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { mneme, mnemeJson, NodeProcess, temporaryDirectory, until, untilInSync } from './processes.js';

/** What the commands make of hashes, sets, sorted sets and counters, on two nodes. */

const directory = temporaryDirectory();
const a = new NodeProcess('a', `${directory.path}/a`);
const b = new NodeProcess('b', `${directory.path}/b`);
const clients: Redis[] = [];

beforeAll(async () => {
  await a.start();
  await b.start(a.address);
  await untilInSync(a, b);
  for (const { address } of [a, b]) clients.push(new Redis(`redis://${address}`));
}, 60_000);

afterAll(async () => {
  for (const client of clients) client.disconnect();
  await Promise.all([a.kill(), b.kill()]);
  directory.remove();
});

// biome-ignore lint/suspicious/noExplicitAny: what commands print is looked at as it is.
const json = (...words: string[]): Promise<any> => mnemeJson([...words, '--node', a.address]);

test('inspect shows a hash, its newest fields, and one of them; of a counter who added how much', async () => {
  const [here, there] = clients as [Redis, Redis];
  await here.hset('user', { name: 'ann', email: 'ann@x' });
  await here.incrby('visits', 3);
  await until(
    'the other node has both',
    async () => (await there.get('visits')) === '3' && (await there.hlen('user')) === 2,
  );
  await there.hset('user', 'name', 'ann b');
  await there.incrby('visits', 4);
  await until(
    'this node has both',
    async () => (await here.get('visits')) === '7' && (await here.hget('user', 'name')) === 'ann b',
  );
  const user = await json('entry', 'inspect', 'user');
  expect(user).toMatchObject({
    state: 'in-sync',
    part: null,
    versions: [{ entry: { type: 'hash', parts: 2 } }, { entry: { type: 'hash', parts: 2 } }],
    parts: { type: 'hash', size: 2, lookedAt: 2, hidden: [] },
  });
  expect(
    user.parts.newest.map(({ part, preview }: { part: { name: string }; preview: string }) => [part.name, preview]),
  ).toEqual([
    ['name', 'ann b'],
    ['email', 'ann@x'],
  ]);
  expect(await json('entry', 'inspect', 'user', '--part', 'name')).toMatchObject({
    state: 'in-sync',
    part: { kind: 'field', name: 'name' },
    versions: [{ entry: { preview: 'ann b', writer: { name: 'b' } } }, {}],
  });
  expect(await json('entry', 'inspect', 'visits', '--part', 'a')).toMatchObject({
    part: { kind: 'count', name: 'a' },
    versions: [{ entry: { preview: '3' } }, { entry: { preview: '3' } }],
  });
  expect((await mneme(['entry', 'inspect', 'user', '--part', 'none', '--node', a.address])).code).toBe(7);
});

test('what an export writes an import brings back: all kinds, any bytes, many parts, expiries; and what a key had is replaced', async () => {
  const [here] = clients as [Redis];
  await here.flushall();
  const far = Date.now() + 5_000_000;
  await here.hset('many', Object.fromEntries(Array.from({ length: 1500 }, (_, i) => [`field ${i}`, `value ${i}`])));
  await here.pexpireat('many', far);
  await here.hset('bytes', Buffer.from([0, 255]), Buffer.from([254]), 'text', 'text');
  await here.hset('odd', { __proto__: 'x', 1: 'y', '': '' });
  await here.sadd('tags', 'a', 'b');
  await here.zadd('board', '+inf', 'first', '-inf', 'last', '0.1', 'ann');
  await here.incrby('visits', 12);
  await here.set('text', 'plain');
  const dumps = async (): Promise<unknown[]> => {
    const names = (await here.keys('*')).sort();
    return Promise.all(
      names.map(async (name) => {
        const type = await here.type(name);
        const all =
          type === 'hash'
            ? await here.hgetallBuffer(name)
            : type === 'set'
              ? (await here.smembers(name)).sort()
              : type === 'zset'
                ? await here.zrange(name, '0', '-1', 'WITHSCORES')
                : await here.get(name);
        return [name, type, all, (await here.pexpiretime(name)) > 0];
      }),
    );
  };
  const before = await dumps();
  const file = `${directory.path}/all.ndjson`;
  expect(await json('entry', 'export', '--output', file)).toMatchObject({ exported: 7, leftOut: 0 });
  await here.del('tags', 'text');
  await here.hset('many', 'other', 'goes');
  await here.set('board', 'of another kind');
  expect(await json('entry', 'import', file)).toMatchObject({ lines: 7, imported: 7, bad: 0 });
  expect(await dumps()).toEqual(before);
  expect(await here.pexpiretime('many')).toBe(far);
});

test('a bad line of a collection is named, and the others go on', async () => {
  const file = `${directory.path}/bad.ndjson`;
  const lines = [
    '{"key":"x","hash":{"a":1}}',
    '{"key":"x","set":[]}',
    '{"key":"x","zset":[["a","high"]]}',
    '{"key":"y","set":["a"]}',
  ];
  writeFileSync(file, lines.join('\n'));
  const { code, stdout } = await mneme(['entry', 'import', file, '--json', '--node', a.address]);
  expect([code, JSON.parse(stdout)]).toMatchObject([
    2,
    { imported: 1, bad: 3, badLines: [{ line: 1 }, { line: 2 }, { line: 3 }] },
  ]);
});

test('a restored key holds what the backup says: what only came since goes, is told before, and can be brought back', async () => {
  const [here] = clients as [Redis];
  await here.flushall();
  await here.hset('cart', { book: '1', lamp: '2' });
  await here.sadd('tags', 'a');
  await here.zadd('board', 1, 'ann');
  await here.incrby('visits', 5);
  await here.set('text', 'v');
  const file = `${directory.path}/then.backup`;
  await json('backup', 'create', file);
  await here.hset('cart', { lamp: '3', pen: '4' });
  await here.expire('cart', 1000);
  await here.sadd('tags', 'b', 'c');
  await here.del('board');
  await here.incrby('visits', 5);
  await here.del('text');
  await here.hset('text', 'now', 'a hash');
  await here.set('since', 'stays');
  const plan = await json('backup', 'restore', file, '--dry-run');
  const expected = { created: 1, overridden: 4, same: 0, removed: 3 };
  expect([plan, await here.hlen('cart')]).toMatchObject([expected, 3]);
  const done = await json('backup', 'restore', file, '--yes');
  expect(done).toMatchObject(expected);
  expect([await here.hgetall('cart'), await here.ttl('cart'), await here.smembers('tags')]).toEqual([
    { book: '1', lamp: '2' },
    -1,
    ['a'],
  ]);
  expect([
    await here.zrange('board', '0', '-1'),
    await here.get('visits'),
    await here.get('text'),
    await here.get('since'),
  ]).toEqual([['ann'], '5', 'v', 'stays']);
  const again = await mneme(['backup', 'restore', file, '--dry-run', '--json', '--node', a.address]);
  expect([again.code, JSON.parse(again.stdout)]).toMatchObject([6, { created: 0, overridden: 0, same: 5, removed: 0 }]);
  await json('split-brain', 'undo', done.incident, '--yes');
  expect([await here.hgetall('cart'), (await here.smembers('tags')).sort()]).toEqual([
    { book: '1', lamp: '3', pen: '4' },
    ['a', 'b', 'c'],
  ]);
  expect([await here.exists('board'), await here.get('visits'), await here.hgetall('text')]).toEqual([
    0,
    '10',
    { now: 'a hash' },
  ]);
});
