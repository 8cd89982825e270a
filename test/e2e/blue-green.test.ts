import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { freePort } from '../bench/probes.js';
import { blocksOf, isRun } from '../docs/guide.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until } from './processes.js';

/** One node takes the place of another on this machine, by the commands of the guide, while clients read and write. */
const home = temporaryDirectory();
const blue = new NodeProcess('blue', `${home.path}/blue`);
let greenAddress = '';
let isOver = false;

beforeAll(async () => {
  await blue.start();
  greenAddress = `127.0.0.1:${await freePort()}`;
}, 60_000);

afterAll(async () => {
  isOver = true;
  await blue.kill();
  const green = await statusOf(greenAddress).catch(() => null);
  if (green !== null) process.kill(green.self.pid, 'SIGKILL');
  home.remove();
});

const COMMANDS = blocksOf('docs/blue-green.md')
  .filter(isRun)
  .flatMap(({ text }) => text.split('\n'))
  .filter((line) => /^mneme cluster (join|wait|drain) /.test(line))
  .map((line) => line.slice('mneme '.length));

/** As the guide has it, with the ports that are free here. */
function type(command: string) {
  const args = command
    .replace(/127\.0\.0\.1:7379/g, blue.address)
    .replace(/127\.0\.0\.1:7380/g, greenAddress)
    .split(' ');
  return mneme([...args, ...(args[1] === 'join' ? ['--dir', `${home.path}/green`] : [])]);
}

test('three commands move all clients from blue to green: no request fails, and no write is lost', async () => {
  expect(COMMANDS.map((command) => command.split(' ')[1])).toEqual(['join', 'wait', 'drain']);
  const [join = '', wait = '', drain = ''] = COMMANDS;
  const users = Array.from({ length: 8 }, (_, i) => new User(i));
  const work = Promise.all(users.map((user) => user.work()));
  await until('all have written', async () => users.every(({ written }) => written > 20));
  expect(await type(join)).toMatchObject({ code: 0 });
  expect(await type(wait)).toMatchObject({ code: 0, stdout: expect.stringMatching(/^done: in-sync: /) });
  const drained = type(drain);
  await until('drain waits for the clients', async () => users.every(({ written }) => written > 60));
  expect(await statusOf(blue.address)).toMatchObject({ self: { state: 'serving' } });
  for (const user of users) user.moves = true;
  expect(await drained).toMatchObject({ code: 0, stdout: 'done: blue has left; green has all that it held\n' });
  expect(await blue.exited).toBe(0);
  const counts = users.map(({ written }) => written);
  await until('all write to green', async () => users.every(({ written }, i) => written > counts[i]! + 20));
  isOver = true;
  await work;
  expect(users.flatMap(({ failures }) => failures)).toEqual([]);
  const green = client(greenAddress);
  for (const { id, written } of users) {
    const keys = Array.from({ length: written }, (_, n) => `w:${id}:${n}`);
    expect(await green.mget(keys)).toEqual(keys.map((_, n) => String(n)));
  }
  green.disconnect();
  expect((await statusOf(greenAddress)).members.map(({ name }) => name)).toEqual(['green']);
}, 120_000);

test('the last holder stays, and is told why', async () => {
  const refused = await mneme(['cluster', 'drain', '--node', greenAddress, '--yes']);
  expect(refused.code).toBe(6);
  expect(refused.stderr).toContain('green holds the last copy within reach (it is the only member)');
});

test('a node that keeps nothing on disk is no holder, and clients that stay are named when the time is over', async () => {
  const memory = new NodeProcess('memory', '', ['--memory-only']);
  await memory.start(greenAddress);
  const volatile = await mneme(['cluster', 'drain', '--node', greenAddress, '--yes']);
  expect(volatile).toMatchObject({ code: 6, stderr: expect.stringContaining('memory keep nothing on disk') });
  const stays = client(memory.address);
  await stays.client('SETNAME', 'shop');
  const busy = await mneme(['cluster', 'drain', '--node', memory.address, '--yes', '--wait', '300ms']);
  expect(busy.code).toBe(8);
  expect(busy.stderr).toMatch(
    /memory is still in use after 0\.3 s \(connected: 127\.0\.0\.1:\d+ \(shop\)\); it serves on/,
  );
  expect(await stays.set('k', 'v')).toBe('OK');
  stays.disconnect();
  expect((await mneme(['cluster', 'drain', '--node', memory.address, '--yes'])).code).toBe(0);
  const reads = client(greenAddress);
  expect(await reads.get('k')).toBe('v');
  reads.disconnect();
}, 60_000);

test('what is waited for in vain ends with 8, and says how it was', async () => {
  const late = await mneme(['cluster', 'wait', '--for', 'member:nobody', '--timeout', '500ms', '--node', greenAddress]);
  expect(late).toMatchObject({
    code: 8,
    stderr: expect.stringMatching(/member:nobody did not come true within 0\.5 s: /),
  });
  // What is left of the time holds up nobody.
  expect((await mneme(['cluster', 'wait', '--for', 'serving', '--timeout', '1h', '--node', greenAddress])).code).toBe(
    0,
  );
  const none = await mneme(['cluster', 'wait', '--for', 'serving', '--timeout', '500ms', '--node', '127.0.0.1:1']);
  expect(none).toMatchObject({ code: 8, stderr: expect.stringContaining('no node answers at 127.0.0.1:1') });
  expect((await mneme(['cluster', 'wait', '--for', 'rain', '--node', greenAddress])).code).toBe(2);
});

// ---

/** Writes keys of its own one after the other, reads each again, and moves when it is told to, between two requests. */
class User {
  written = 0;
  moves = false;
  readonly failures: string[] = [];
  private redis = client(blue.address);

  constructor(readonly id: number) {}

  async work(): Promise<void> {
    try {
      while (!isOver) {
        if (this.moves) await this.move();
        const key = `w:${this.id}:${this.written}`;
        await this.redis.set(key, String(this.written));
        this.written++;
        if ((await this.redis.get(key)) === null) this.failures.push(`${key} is missing`);
      }
    } catch (error) {
      this.failures.push(String(error));
    } finally {
      this.redis.disconnect();
    }
  }

  private async move(): Promise<void> {
    this.moves = false;
    await this.redis.wait(1, 1000);
    this.redis.disconnect();
    this.redis = client(greenAddress);
  }
}

/** A request that fails is an error, and is not tried again unseen. */
function client(address: string): Redis {
  const [host = '', port] = address.split(':');
  const redis = new Redis(Number(port), host, { maxRetriesPerRequest: 0, retryStrategy: () => null });
  redis.on('error', () => {});
  return redis;
}
