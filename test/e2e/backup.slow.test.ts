import { copyFileSync, existsSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { afterAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { done, get, inOneCluster, set } from './operator.js';
import { mneme, NodeProcess, temporaryDirectory, untilInSync } from './processes.js';

/** A backup of a node that works, and what comes of it in a new cluster and in the old one. */
const home = temporaryDirectory();
const a = new NodeProcess('a', `${home.path}/a`);
const b = new NodeProcess('b', `${home.path}/b`);
const fresh = new NodeProcess('fresh', `${home.path}/fresh`);
const file = `${home.path}/a.backup`;
const LONG = 'x'.repeat(5_000_000);

inOneCluster(home, a, b);
afterAll(() => fresh.kill());

interface Restored {
  created: number;
  overridden: number;
  same: number;
  incident: string | null;
}

async function restore(node: NodeProcess, ...args: string[]): Promise<Restored> {
  const { stdout } = await mneme(['backup', 'restore', file, '--node', node.address, ...args, '--json']);
  return JSON.parse(stdout) as Restored;
}

function clientOf(node: NodeProcess, db = 0): Redis {
  const [host, port] = node.address.split(':') as [string, string];
  return new Redis(Number(port), host, { db, maxRetriesPerRequest: 0 });
}

test('a backup is of one moment, while clients write: of keys that are written one after the other it has the latest without a gap', async () => {
  const client = clientOf(a);
  await client.mset(Object.fromEntries(Array.from({ length: 3000 }, (_, i) => [`filler:${i}`, 'v'.repeat(500)])));
  let isOver = false;
  let last = 0;
  const writing = (async () => {
    for (let i = 1; !isOver; i++) {
      // Spread over all the buckets of the store: a copy that is not of one moment has a later one without an earlier one.
      await client.set(`chain:${i % 1000}`, String(i));
      last = i;
    }
  })();
  while (last < 1000) await new Promise((resolve) => setImmediate(resolve));
  const from = last;
  try {
    await done('backup', 'create', file, '--node', a.address);
  } finally {
    isOver = true;
    await writing;
    client.disconnect();
  }
  expect(last - from).toBeGreaterThan(10);
  expect(statSync(file).mode & 0o77).toBe(0);
  expect(await done('backup', 'inspect', file)).toContain('is whole');

  await fresh.start();
  const restored = await restore(fresh, '--yes');
  expect(restored).toMatchObject({ created: 4000, overridden: 0, same: 0, incident: null });
  const reader = clientOf(fresh);
  const chain = (await reader.mget(Array.from({ length: 1000 }, (_, i) => `chain:${i}`))).map(Number);
  reader.disconnect();
  const latest = Math.max(...chain);
  expect([...chain].sort((x, y) => x - y)).toEqual(Array.from({ length: 1000 }, (_, i) => latest - 999 + i));
  expect(latest).toBeGreaterThanOrEqual(from);
}, 90_000);

test('what a restore overrides is set aside, and an undo brings all of it back, on every member', async () => {
  const [zero, three] = [clientOf(a), clientOf(a, 3)];
  await zero.flushall();
  await zero.set('changed', 'in the backup');
  await zero.set('expires', 'later', 'PXAT', Date.now() + 3_600_000);
  await zero.set('expired', 'soon', 'PX', 1);
  await zero.set('deleted', 'in the backup');
  await zero.set(Buffer.from([0xff, 0]), Buffer.from([0x80, 0]));
  await zero.set('long', LONG);
  await three.set('elsewhere', 'in database 3');
  const until = await zero.pexpiretime('expires');
  await done('backup', 'create', file, '--node', a.address);
  await zero.set('changed', 'since');
  await zero.set('expires', 'since');
  await zero.set('long', 'short');
  await zero.del('deleted');
  await zero.set('only since', 'stays');

  const plan = await restore(a, '--dry-run');
  expect(plan).toMatchObject({ created: 1, overridden: 3, same: 2, incident: null });
  expect(await zero.get('changed')).toBe('since');
  expect((await mneme(['backup', 'restore', file, '--node', a.address])).code).toBe(5);
  const restored = await restore(a, '--yes');
  expect(restored).toMatchObject({ created: 1, overridden: 3, same: 2, incident: expect.any(String) });
  expect(await zero.mget('changed', 'expires', 'deleted', 'only since')).toEqual([
    'in the backup',
    'later',
    'in the backup',
    'stays',
  ]);
  expect(await zero.get('long')).toBe(LONG);
  expect(await zero.pexpiretime('expires')).toBe(until);
  // To do it again changes nothing: so does one that was interrupted go on.
  expect(await restore(a, '--yes')).toMatchObject({ created: 0, overridden: 0, same: 6, incident: null });
  await untilInSync(a, b);
  expect(await get(b, 'deleted')).toBe('in the backup');

  await done('split-brain', 'undo', restored.incident ?? '', '--yes', '--node', a.address);
  expect(await zero.mget('changed', 'expires', 'deleted', 'long')).toEqual(['since', 'since', null, 'short']);
  expect(await zero.ttl('expires')).toBe(-1);
  const some = await restore(a, '--yes', '--prefix', 'chan');
  expect(some).toMatchObject({ created: 0, overridden: 1 });
  zero.disconnect();
  three.disconnect();
}, 90_000);

test('what is no whole backup is refused by name, and changes nothing', async () => {
  await set(a, 'k', 'v');
  const [flipped, cut, newer] = ['flipped', 'cut', 'newer'].map((name) => `${home.path}/${name}`) as [
    string,
    string,
    string,
  ];
  const bytes = readFileSync(file);
  bytes[Math.floor(bytes.length / 2)]! ^= 1;
  writeFileSync(flipped, bytes);
  copyFileSync(file, cut);
  truncateSync(cut, bytes.length - 10);
  writeFileSync(newer, readFileSync(file, 'latin1').replace('"formatVersion":1,"', '"formatVersion":7,"'), 'latin1');
  for (const [path, code, words] of [
    [flipped, 6, 'is damaged'],
    [cut, 6, 'were to be written'],
    [newer, 6, 'in format 7; this one reads up to 1'],
    [`${home.path}/a/node.json`, 2, 'is no backup of mneme'],
    [`${home.path}/none`, 2, 'no such file'],
  ] as const) {
    for (const verb of [
      ['inspect', path],
      ['restore', path, '--yes', '--node', a.address],
    ]) {
      const { code: seen, stderr } = await mneme(['backup', ...verb]);
      expect([verb, seen, stderr]).toEqual([verb, code, expect.stringContaining(words)]);
    }
  }
  expect(existsSync(`${home.path}/none`)).toBe(false);
}, 60_000);

test('a node that keeps nothing on a disk says whom to ask', async () => {
  const memory = new NodeProcess('m', '', ['--memory-only', '--new']);
  await memory.start();
  try {
    const { code, stderr } = await mneme(['backup', 'create', `${home.path}/m`, '--node', memory.address]);
    expect([code, stderr]).toEqual([6, expect.stringContaining('m keeps nothing on a disk')]);
  } finally {
    await memory.kill();
  }
}, 30_000);

test('a value in the place of which a restore puts a hash or a sorted set comes back by an undo', async () => {
  const client = clientOf(a);
  await client.flushall();
  await client.hset('hash', { f: '1', g: '2' });
  await client.zadd('zset', '1', 'm');
  await done('backup', 'create', file, '--node', a.address);
  await client.mset({ hash: 'text', zset: 'text' });
  const { incident, overridden } = await restore(a, '--yes');
  expect([await client.hgetall('hash'), await client.zrange('zset', '0', '-1')]).toEqual([{ f: '1', g: '2' }, ['m']]);
  expect(overridden).toBe(2);
  await done('split-brain', 'undo', incident!, '--yes', '--node', a.address);
  expect(await client.mget('hash', 'zset')).toEqual(['text', 'text']);
  client.disconnect();
}, 60_000);
