import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { done, inOneCluster } from './operator.js';
import { mneme, mnemeJson, NodeProcess, temporaryDirectory, until } from './processes.js';

/** What happened, as a node tells it afterwards, and as it happens. */
const home = temporaryDirectory();
const flags = ['--failure-timeout', '1s', '--allow-drills'];
const a = new NodeProcess('a', `${home.path}/a`, flags);
const b = new NodeProcess('b', `${home.path}/b`, flags);

interface Seen {
  name: string;
  seq: number;
  kind: string;
  subject: string | null;
  message: string;
  by: { name: string; user: string | null; address: string | null } | null;
}

inOneCluster(home, a, b);

async function events(...args: string[]): Promise<Seen[]> {
  return (await mnemeJson<{ events: Seen[] }>(['events', '--node', a.address, ...args])).events;
}

const told = (seen: readonly Seen[]) => seen.map(({ name, kind, subject }) => `${name} ${kind} ${subject}`);

test('an act says who had it done and from where, whichever way it was asked for', async () => {
  await done('cluster', 'settings', 'set-aside-days', '3', '--node', a.address);
  const [host, port] = a.address.split(':') as [string, string];
  const client = new Redis(Number(port), host, { connectionName: 'loader' });
  await client.config('SET', 'maxmemory', '100mb');
  await client.config('SET', 'requirepass', 'hunter2').catch(() => {});
  await client.flushall();
  client.disconnect();
  const acts = await events('--kind', 'act');
  expect(acts.map(({ message }) => message.replace(/:\d+$/, ''))).toEqual([
    expect.stringMatching(/^setting set-aside-days to 3, asked by .+ from 127\.0\.0\.1$/),
    'CONFIG SET maxmemory 100mb, asked by loader from 127.0.0.1',
    'CONFIG SET (failed), asked by loader from 127.0.0.1',
    'FLUSHALL, asked by loader from 127.0.0.1',
  ]);
  expect(acts[0]).toMatchObject({
    subject: 'SET',
    by: { name: expect.stringContaining(userInfo().username), user: null },
  });
});

test('what happens is shown as it happens, is merged of all members, and survives kill -9', async () => {
  const args = ['events', '--follow', '--all', '--json', '--lines', '0', '--node', a.address];
  const following = spawn(process.execPath, [resolve('bin/run.js'), ...args], { stdio: ['ignore', 'pipe', 'ignore'] });
  const lines: Seen[] = [];
  const isThere = (name: string, kind: string) => lines.some((one) => one.name === name && one.kind === kind);
  createInterface({ input: following.stdout }).on('line', (line) => lines.push(...JSON.parse(line).events));
  try {
    // Only once it follows does it print what is new.
    await until('the reader follows', async () => {
      await done('cluster', 'settings', 'set-aside-days', '4', '--node', a.address);
      return isThere('a', 'act');
    });
    await b.kill();
    await until('a tells that b is down', async () => isThere('a', 'down'));
    await b.start();
    await until('both tell of it', async () => isThere('a', 'up') && isThere('b', 'start'));
    await a.kill();
    await a.start();
    await until('the reader has come back to a', async () => isThere('a', 'start'));
  } finally {
    following.kill('SIGKILL');
  }
  const all = await events('--all');
  expect(told(all)).toEqual(
    expect.arrayContaining(['a start null', 'a joins b', 'b up b', 'a setting set-aside-days', 'a down b', 'a up b']),
  );
  const numbers = all.filter(({ name }) => name === 'a').map(({ seq }) => seq);
  expect(numbers).toEqual(numbers.map((_, i) => i + 1));
  expect(lines.filter(({ name, kind }) => name === 'a' && kind === 'down')).toHaveLength(1);
}, 60_000);

test('what there is not is refused by name', async () => {
  const { code, stderr } = await mneme(['events', '--kind', 'dwon', '--node', a.address]);
  expect([code, stderr]).toEqual([2, expect.stringContaining('"dwon" is no kind of event; did you mean down?')]);
});

test('the log of a node in the background is found and followed; of one in the foreground it is said where it is', async () => {
  const foreground = await mneme(['node', 'log', '--node', a.address]);
  expect([foreground.code, foreground.stderr]).toEqual([6, expect.stringContaining('goes into no file')]);
  const address = a.address.replace(/:\d+$/, `:${Number(a.address.split(':')[1]) + 1}`);
  expect(existsSync(`${home.path}/c`)).toBe(false);
  const start = [
    'cluster',
    'join',
    a.address,
    '--name',
    'c',
    '--dir',
    `${home.path}/c`,
    '--listen',
    address,
    '--detach',
  ];
  await done(...start);
  const follow = ['node', 'log', '--follow', '--lines', '1', '--node', address];
  const following = spawn(process.execPath, [resolve('bin/run.js'), ...follow], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  let text = '';
  following.stdout.on('data', (chunk) => {
    text += String(chunk);
  });
  try {
    await until('the last line is there', async () => text !== '');
    await done('cluster', 'leave', '--yes', '--node', address);
    await until('it goes on', async () => text.includes('leaving the cluster, asked by'));
  } finally {
    following.kill('SIGKILL');
  }
  const shown = await done('node', 'log', '--dir', `${home.path}/c`, '--lines', '2');
  expect(shown).toBe(`${readFileSync(`${home.path}/c/node.log`, 'utf8').trimEnd().split('\n').slice(-2).join('\n')}\n`);
}, 60_000);
