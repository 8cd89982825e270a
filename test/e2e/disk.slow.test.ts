import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import type * as shapes from '../../src/cli/shapes/cluster.js';
import type { Of } from '../../src/cli/shapes/shape.js';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const place = temporaryDirectory();
const nodes: NodeProcess[] = [];
const clients: Redis[] = [];
const mounts: string[] = [];
let names = 0;

afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect();
  for (const node of nodes.splice(0)) await node.kill();
  for (const mount of mounts.splice(0)) execFileSync('umount', ['-l', mount]);
});
afterAll(() => place.remove());

const mayMount = canMount();
if (!mayMount) console.log('skipped: tests of a full disk need the right to mount a tmpfs');

describe('a full disk', () => {
  (mayMount ? test : test.skip)(
    'makes the node read-only, by name, and it serves again by itself; nothing acknowledged is lost',
    async () => {
      const disk = mountOf('4m');
      const a = await node('a').start();
      const b = await node('b', join(disk, 'data')).start(a.address);
      await untilInSync(a, b);
      const [atA, atB] = [clientOf(a), clientOf(b)];
      const acknowledged: string[] = [];
      const value = 'x'.repeat(100_000);
      let refusal = '';
      for (let i = 0; i < 100 && refusal === ''; i++) {
        await atB.set(`key ${i}`, value).then(
          () => acknowledged.push(`key ${i}`),
          (error: Error) => {
            refusal = error.message;
          },
        );
      }
      expect(refusal).toMatch(/^MISCONF read-only: the disk of .* is full/);
      expect(acknowledged.length).toBeGreaterThan(10);
      expect(await atB.get('key 0')).toBe(value);
      expect(await atB.del('key 1')).toBe(1);
      await expect(atB.multi().del('key 2').set('key 3', 'y').exec()).rejects.toThrow('EXECABORT');
      expect(await atB.exists('key 2')).toBe(1);
      await untilGone(atA, 'key 1');
      // Peers' changes are not taken in, and not lost; who asks any member sees why.
      await atA.set('from a', 'z');
      const status = await mnemeJson<Of<typeof shapes.clusterStatus>>(['cluster', 'status', '--node', a.address]);
      expect(status).toMatchObject({ state: 'problem', healthy: false });
      expect(status.headline).toMatch(/^PROBLEM at b: read-only: the disk of .* is full/);
      expect(await atA.wait(1, 200)).toBe(0);
      expect(await atB.exists('from a')).toBe(0);
      execFileSync('mount', ['-o', 'remount,size=40m', disk]);
      await until('b serves', async () => (await statusOf(b.address)).self.state === 'serving');
      await atB.set('again', 'written');
      expect(await atA.wait(1, 20_000)).toBe(1);
      await untilInSync(a, b);
      await b.kill('SIGKILL');
      await b.start();
      const after = clientOf(b);
      acknowledged.splice(acknowledged.indexOf('key 1'), 1);
      expect(await after.exists('again', 'from a', ...acknowledged)).toBe(acknowledged.length + 2);
      expect(await after.exists('key 1')).toBe(0);
    },
  );

  (mayMount ? test : test.skip)('is no obstacle to a start with data: it serves what it has', async () => {
    const disk = mountOf('3m');
    const a = await node('full', join(disk, 'data')).start();
    await clientOf(a).set('key', 'value');
    await a.kill('SIGTERM');
    rmSync(join(disk, 'data', 'reserve'));
    fill(join(disk, 'filler'));
    await a.start();
    expect((await statusOf(a.address)).self.state).toBe('read-only');
    expect(await clientOf(a).get('key')).toBe('value');
    rmSync(join(disk, 'filler'));
    await until('it serves', async () => (await statusOf(a.address)).self.state === 'serving');
    expect(await clientOf(a).set('key', 'new')).toBe('OK');
  });
});

describe('a data directory', () => {
  test('that vanishes makes the node read-only, and a stop that would lose all is refused; made again, it gets everything', async () => {
    const a = await node('gone').start();
    const client = clientOf(a);
    await client.set('key', 'value');
    rmSync(a.dir, { recursive: true });
    await until('it is missed', async () => (await statusOf(a.address)).self.state === 'read-only');
    await expect(client.set('key', 'other')).rejects.toThrow(/^MISCONF read-only: the data directory .* is gone/);
    expect(await client.get('key')).toBe('value');
    const stop = await mneme(['cluster', 'stop', '--node', a.address]);
    expect(stop).toMatchObject({ code: 6, stderr: expect.stringMatching(/in memory alone/) });
    expect(stop.stderr).toContain(`mkdir -m 700 ${a.dir}`);
    mkdirSync(a.dir, { mode: 0o700 });
    await until('it serves', async () => (await statusOf(a.address)).self.state === 'serving');
    await client.set('key', 'other');
    await a.kill('SIGKILL');
    await a.start();
    expect(await clientOf(a).get('key')).toBe('other');
  });

  test('is held by one node, also where the lock file was deleted, and the file is made again', async () => {
    const a = await node('held').start();
    const lock = (): string | undefined => readdirSync(a.dir).find((name) => name.startsWith('lock-'));
    rmSync(join(a.dir, lock()!));
    const second = await mneme(['cluster', 'start', '--name', 'held', '--dir', a.dir, '--listen', '127.0.0.1:0']);
    expect(second).toMatchObject({ code: 6, stderr: expect.stringMatching(/is in use by/) });
    await until('the lock file is there again', async () => lock() !== undefined);
  });

  test('is for its owner alone: an existing one is mended, one that others can write is refused', async () => {
    const a = await node('private').start();
    const modes = (): string[] => [a.dir, ...readdirSync(a.dir).map((name) => join(a.dir, name))].map(modeOf);
    expect(new Set(modes())).toEqual(new Set(['700', '600']));
    await a.kill('SIGTERM');
    chmodSync(a.dir, 0o755);
    for (const name of readdirSync(a.dir)) chmodSync(join(a.dir, name), 0o644);
    await a.start();
    expect(new Set(modes())).toEqual(new Set(['700', '600']));
    await a.kill('SIGTERM');
    // Somebody named a directory of his own: what lies in it is not the node's to change.
    writeFileSync(join(a.dir, 'keep.sh'), '', { mode: 0o755 });
    await a.start();
    expect(modeOf(join(a.dir, 'keep.sh'))).toBe('755');
    await a.kill('SIGTERM');
    chmodSync(a.dir, 0o775);
    const ran = await mneme(['cluster', 'start', '--dir', a.dir, '--detach', '--listen', '127.0.0.1:1']);
    expect(ran).toMatchObject({ code: 6, stderr: expect.stringContaining(`chmod 700 ${a.dir}`) });
  });

  test('that cannot be gives an error at once, in the background too', async () => {
    for (const how of [[], ['--detach']]) {
      const args = [
        'cluster',
        'start',
        '--name',
        'x',
        '--dir',
        '/proc/foo',
        '--listen',
        '127.0.0.1:1',
        '--new',
        ...how,
      ];
      expect(await mneme(args)).toMatchObject({ code: 6, stderr: expect.stringContaining('/proc/foo') });
    }
  });

  test('is as it was after a start that failed, so that the corrected command does what it says', async () => {
    const a = await node('first').start();
    const dir = join(place.path, 'failed');
    const taken = ['--name', 'second', '--dir', dir, '--listen', a.address];
    expect(await mneme(['cluster', 'start', '--new', ...taken])).toMatchObject({ code: 6 });
    expect(existsSync(dir)).toBe(false);
    const b = await node('second', dir).start(a.address);
    await untilInSync(a, b);
  });
});

test('idle clients do not use up the descriptors: the node compacts, tells, and takes clients again', async () => {
  const prefix = ['prlimit', '--nofile=120:120'];
  const a = new NodeProcess('few', join(place.path, 'few'), [], prefix);
  nodes.push(a);
  await a.start();
  const sockets = await crowd(a.address, 200);
  const status = await mnemeJson<Of<typeof shapes.clusterStatus>>(['cluster', 'status', '--node', a.address]);
  expect(status.headline).toMatch(
    /^PROBLEM at few: all 60 places for clients are taken \(the limit of open files is 120\)/,
  );
  const answers = await Promise.all(sockets.map(({ answer }) => answer));
  expect(answers.filter((answer) => answer.startsWith('+PONG'))).toHaveLength(60);
  expect(answers.filter((answer) => answer.startsWith('-ERR max number of clients reached'))).toHaveLength(140);
  for (const { socket } of sockets) socket.destroy();
  await until('there is room', async () => (await statusOf(a.address)).problems?.length === 0);
  expect(await clientOf(a).info('clients')).toContain('maxclients:60');
  expect(a.logText).toContain('takes 60 clients at most, since the limit of open files is 120');
});

// ---------------------------------------------------------------------------------------------------------------------

function node(name: string, dir = join(place.path, `${name}-${++names}`)): NodeProcess {
  const made = new NodeProcess(name, dir);
  nodes.push(made);
  return made;
}

function clientOf({ address }: NodeProcess): Redis {
  const [host, port] = address.split(':');
  const client = new Redis(Number(port), host!, { retryStrategy: () => null, protocol: 2 });
  client.on('error', () => {});
  clients.push(client);
  return client;
}

function untilGone(client: Redis, key: string): Promise<void> {
  return until(`${key} is gone`, async () => (await client.exists(key)) === 0);
}

function mountOf(size: string): string {
  const path = join(place.path, `mount-${++names}`);
  mkdirSync(path);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', path]);
  mounts.push(path);
  return path;
}

function canMount(): boolean {
  try {
    execFileSync('umount', [mountOf('1m')], { stdio: 'ignore' });
    mounts.pop();
    return true;
  } catch {
    return false;
  }
}

function fill(path: string): void {
  try {
    writeFileSync(path, Buffer.alloc(16 << 20));
  } catch {
    // To the last byte: that is what it is for.
  }
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

interface Visitor {
  readonly socket: Socket;
  readonly answer: Promise<string>;
}

/** Clients that ask once and stay. Resolves when each of them is connected or refused. */
async function crowd(address: string, count: number): Promise<Visitor[]> {
  const [host, port] = address.split(':');
  const visitors = Array.from({ length: count }, () => {
    const socket = connect(Number(port), host);
    socket.on('error', () => {});
    const answer = new Promise<string>((done) => {
      socket.once('data', (chunk) => done(chunk.toString()));
      socket.once('close', () => done('<closed>'));
    });
    socket.write('PING\r\n');
    return { socket, answer };
  });
  await Promise.all(visitors.map(({ answer }) => answer));
  return visitors;
}
