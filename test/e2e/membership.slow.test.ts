import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { connectClient } from '../../src/admin/client/client.js';
import type { Failure } from '../../src/cli/failure.js';
import { adviceOf } from '../../src/hints/advice.js';
import { mneme, mnemeJson, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const started: NodeProcess[] = [];
const flags = ['--failure-timeout', '500ms'];

function node(name: string, more: string[] = [], dir = `${directory.path}/${name}`): NodeProcess {
  const made = new NodeProcess(name, dir, [...flags, ...more]);
  started.push(made);
  return made;
}

async function failureOf(args: string[]): Promise<Failure & { exit: number; hint: string | null }> {
  const { code, stdout } = await mneme([...args, '--json']);
  const { error } = JSON.parse(stdout) as { error: Failure };
  return { exit: code, ...error, hint: adviceOf(error) };
}

afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  directory.remove();
});

describe('a node that cannot join says why, and what to do', () => {
  const a = node('a');
  const x = node('x');
  let occupied: Server;

  beforeAll(async () => {
    await a.start();
    await x.start();
    occupied = createServer();
    await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve));
  }, 60_000);

  afterAll(() => new Promise((resolve) => occupied.close(resolve)));

  const join = (...more: string[]): string[] => ['cluster', 'join', a.address, '--listen', '127.0.0.1:0', ...more];

  test('a name that is taken is refused with the name and the address of its holder', async () => {
    const failure = await failureOf(join('--name', 'a', '--dir', `${directory.path}/other-a`));
    expect(failure).toMatchObject({ exit: 6, code: 'name-taken', message: expect.stringContaining(a.address) });
  });

  test('data of another cluster is refused with both cluster ids, and --set-aside-data moves it away', async () => {
    const [mine, theirs] = [(await statusOf(x.address)).clusterId, (await statusOf(a.address)).clusterId];
    await x.kill('SIGTERM');
    const failure = await failureOf(join('--name', 'x', '--dir', x.dir));
    expect(failure).toMatchObject({
      exit: 6,
      code: 'wrong-cluster',
      hint: expect.stringContaining('--set-aside-data'),
    });
    expect(failure.message).toContain(mine);
    expect(failure.message).toContain(theirs);
    const anew = node('x', ['--set-aside-data']);
    await anew.start(a.address);
    expect((await statusOf(anew.address)).clusterId).toBe(theirs);
    expect(readdirSync(x.dir).filter((name) => name.startsWith('set-aside-'))).toHaveLength(1);
    await mneme(['cluster', 'leave', '--node', anew.address, '--yes']);
    await anew.exited;
  }, 60_000);

  test('a seed that nobody answers at is named, with exit code 4', async () => {
    const failure = await failureOf([
      'cluster',
      'join',
      '127.0.0.1:1',
      '--listen',
      '127.0.0.1:0',
      '--name',
      'y',
      '--dir',
      `${directory.path}/y`,
    ]);
    expect(failure).toMatchObject({ exit: 4, code: 'not-reachable', message: expect.stringContaining('127.0.0.1:1') });
  });

  test('a port in use is named, with exit code 6', async () => {
    const { port } = occupied.address() as { port: number };
    const failure = await failureOf([
      'cluster',
      'start',
      '--listen',
      `127.0.0.1:${port}`,
      '--name',
      'y',
      '--dir',
      `${directory.path}/y`,
    ]);
    expect(failure).toMatchObject({ exit: 6, code: 'port-in-use', message: expect.stringContaining(String(port)) });
  });

  test('a directory that cannot be written is named, with exit code 6', async () => {
    const file = `${directory.path}/file`;
    writeFileSync(file, '');
    const failure = await failureOf([
      'cluster',
      'start',
      '--listen',
      '127.0.0.1:0',
      '--name',
      'y',
      '--dir',
      `${file}/data`,
    ]);
    expect(failure).toMatchObject({ exit: 6, code: 'directory-unwritable', message: expect.stringContaining(file) });
  });

  test('a directory in use by a running node is refused, with exit code 6', async () => {
    const failure = await failureOf(['cluster', 'start', '--listen', '127.0.0.1:0', '--name', 'a', '--dir', a.dir]);
    expect(failure).toMatchObject({
      exit: 6,
      code: 'directory-in-use',
      message: expect.stringContaining(String(a.pid)),
    });
  });
});

describe('members come and go', () => {
  const a = node('a2');
  const b = node('b2');
  const c = node('c2');

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await c.start(b.address);
    await untilInSync(a, b, c);
  }, 60_000);

  test('a node that is stopped by SIGTERM ends with code 0, and comes back by itself with what it missed', async () => {
    expect(await c.kill('SIGTERM')).toBe(0);
    await mneme(['entry', 'set', 'missed', 'one', '--node', a.address]);
    await c.start();
    await untilInSync(a, b, c);
    expect((await mneme(['entry', 'get', 'missed', '--node', c.address])).stdout.trim()).toBe('one');
  }, 60_000);

  test('a start that names the data directory alone comes back under the same name and address', async () => {
    const { name, address } = (await statusOf(c.address)).self;
    await c.kill('SIGTERM');
    const { code, stdout } = await mneme(['cluster', 'start', '--dir', c.dir, '--detach', '--json']);
    expect({ code, ...(JSON.parse(stdout) as object) }).toMatchObject({ code: 0, name, address });
    await untilInSync(a, b, c);
    expect(await mneme(['cluster', 'stop', '--node', c.address])).toMatchObject({ code: 0 });
    await c.start();
    await untilInSync(a, b, c);
  }, 60_000);

  test('a node that comes back on another port is found there', async () => {
    const before = c.address;
    await c.kill('SIGTERM');
    await c.start(null, '127.0.0.1:0');
    expect(c.address).not.toBe(before);
    await untilInSync(a, b, c);
    const { members } = await statusOf(a.address);
    expect(members.find((one) => one.name === 'c2')?.address).toBe(c.address);
  }, 60_000);

  test('a living member is not forgotten; a dead one is, and what was kept for it is released', async () => {
    const refused = await failureOf(['cluster', 'forget', 'c2', '--yes', '--node', a.address]);
    expect(refused).toMatchObject({ exit: 6, hint: expect.stringContaining('leave') });
    await c.kill();
    await until('c2 is down', async () => (await statusOf(a.address)).members.some((one) => one.link === 'down'));
    await mneme(['entry', 'set', 'kept', 'for c2', '--node', a.address]);
    expect(await mneme(['cluster', 'forget', 'c2', '--yes', '--node', a.address])).toMatchObject({ code: 0 });
    await untilInSync(a, b);
    await until('the log is drained', async () => (await statusOf(b.address)).self.logRows === 0);
  }, 60_000);

  test('a forgotten node that returns is refused until it joins anew, which sets its data aside', async () => {
    const again = node('c2');
    await expect(again.start()).rejects.toThrow(/forgotten/);
    expect(await again.exited).toBe(6);
    await expect(again.start()).rejects.toThrow(/--set-aside-data/);
    const anew = node('c2', ['--set-aside-data']);
    await anew.start(a.address);
    await untilInSync(a, b, anew);
    expect((await mneme(['entry', 'get', 'kept', '--node', anew.address])).stdout.trim()).toBe('for c2');
    expect(await mneme(['cluster', 'leave', '--yes', '--node', anew.address])).toMatchObject({ code: 0 });
    expect(await anew.exited).toBe(0);
    await untilInSync(a, b);
  }, 60_000);

  test('a memory-only node that is killed comes back under its name as a new member', async () => {
    const m = new NodeProcess('m', '', ['--memory-only']);
    started.push(m);
    await m.start(a.address);
    await untilInSync(a, b, m);
    await m.kill();
    await until('m is gone', async () => (await statusOf(a.address)).members.some((one) => one.link === 'down'));
    await m.start(a.address);
    await untilInSync(a, b, m);
    expect((await mneme(['entry', 'get', 'missed', '--node', m.address])).stdout.trim()).toBe('one');
    await mneme(['cluster', 'leave', '--yes', '--node', m.address]);
    await m.exited;
  }, 60_000);

  test('a node that leaves, and is forgotten before anybody heard of that, ends as one that has left', async () => {
    const away = node('away', ['--allow-drills']);
    await away.start(a.address);
    await untilInSync(a, b, away);
    const client = await connectClient(away.address);
    const operator = await connectClient(away.address);
    await operator.call('DRILL', { cut: ['a2', 'b2'] });
    const leaving = client.call('LEAVE', {});
    await until('it is down', async () => (await statusOf(a.address)).members.some((one) => one.link === 'down'));
    expect(await mneme(['cluster', 'forget', 'away', '--yes', '--node', a.address])).toMatchObject({ code: 0 });
    expect((await statusOf(away.address)).self.state).toBe('stopping');
    await operator.call('DRILL', { heal: true });
    expect(await leaving).toMatchObject({ done: true });
    client.close();
    operator.close();
    expect(await away.exited).toBe(0);
    await untilInSync(a, b);
  }, 60_000);

  test('settings are the same on all members, and a bad one is refused by name', async () => {
    expect(await mneme(['cluster', 'settings', 'on-heal', 'manual', '--node', a.address])).toMatchObject({ code: 0 });
    await until('b has the setting', async () => (await statusOf(b.address)).settings['on-heal'] === 'manual');
    const refused = await failureOf(['cluster', 'settings', 'on-heal', 'perhaps', '--node', a.address]);
    expect(refused).toMatchObject({ exit: 2, code: 'bad-setting', message: expect.stringContaining('perhaps') });
    const settings = await mnemeJson<Record<string, unknown>>(['cluster', 'settings', '--node', b.address]);
    expect(settings).toMatchObject({ onHeal: 'manual' });
  });
});
