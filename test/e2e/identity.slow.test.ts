import { cpSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Failure } from '../../src/cli/failure.js';
import type { StartedNode } from '../../src/cli/views/node-started.js';
import { adviceOf } from '../../src/hints/advice.js';
import { mneme, NodeProcess, statusOf, temporaryDirectory, until, untilInSync } from './processes.js';

const directory = temporaryDirectory();
const started: NodeProcess[] = [];

function node(name: string, more: string[] = [], dir = `${directory.path}/${name}`): NodeProcess {
  const made = new NodeProcess(name, dir, ['--failure-timeout', '500ms', ...more]);
  started.push(made);
  return made;
}

async function failureOf(args: string[]): Promise<Failure & { exit: number; hint: string | null }> {
  const { code, stdout, stderr } = await mneme([...args, '--json']);
  if (!stdout.includes('"error"')) throw new Error(`it did not fail:\n${stdout}${stderr}`);
  const { error } = JSON.parse(stdout) as { error: Failure };
  return { exit: code, ...error, hint: adviceOf(error) };
}

async function freeAddress(): Promise<string> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return `127.0.0.1:${port}`;
}

function removeJournal(dir: string): void {
  for (const name of readdirSync(dir)) if (/^(journal|snapshot)-/.test(name)) rmSync(`${dir}/${name}`);
}

function copyJournal(from: string, to: string): void {
  for (const name of readdirSync(from))
    if (/^(journal|snapshot)-/.test(name)) cpSync(`${from}/${name}`, `${to}/${name}`);
}

afterAll(async () => {
  await Promise.all(started.map((one) => one.kill()));
  directory.remove();
});

describe('a directory that was lost', () => {
  // In places of their own, so that only the members that dial tell.
  const a = node('a', [], `${directory.path}/lost-a/a`);
  const b = node('b', [], `${directory.path}/lost-b/b`);

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await untilInSync(a, b);
    await b.kill();
    rmSync(b.dir, { recursive: true });
  }, 60_000);

  const start = (...more: string[]): string[] => ['cluster', 'start', '--name', 'b', '--dir', b.dir, ...more];

  test('is no new cluster: a start at the address that members dial is refused, and leaves nothing behind', async () => {
    const failure = await failureOf(start('--listen', b.address));
    expect(failure).toMatchObject({ exit: 6, code: 'known-elsewhere', note: expect.stringContaining('cluster join') });
    expect(failure.message).toContain((await statusOf(a.address)).clusterId);
    expect(failure.message).toContain(a.address);
    expect(() => readdirSync(b.dir)).toThrow(/ENOENT/);
  }, 30_000);

  test('nor is it one at another address, where a node beside it knows the name', async () => {
    const dir = `${directory.path}/lost-a/b`;
    const failure = await failureOf(['cluster', 'start', '--name', 'b', '--dir', dir, '--listen', '127.0.0.1:0']);
    expect(failure).toMatchObject({ exit: 6, code: 'known-elsewhere', message: expect.stringContaining(b.address) });
  }, 30_000);

  test('with --new it is one, which says so, and the status of the others names it until it is gone', async () => {
    const lone = node('b', ['--new'], b.dir);
    await lone.start(null, b.address);
    const { self, clusterId } = await statusOf(lone.address);
    expect(self.founded).toBe(true);
    await until('a names the other cluster', async () => ((await statusOf(a.address)).problems ?? []).length > 0);
    expect((await statusOf(a.address)).problems).toEqual([
      expect.objectContaining({
        kind: 'foreign-cluster',
        text: expect.stringMatching(`another cluster \\(${clusterId}\\) answers at b's address ${b.address}`),
      }),
    ]);
    expect(await mneme(['cluster', 'status', '--node', a.address])).toMatchObject({ code: 3 });
    await lone.kill('SIGTERM');
    await until('it is over', async () => ((await statusOf(a.address)).problems ?? []).length === 0);
  }, 60_000);
});

describe('a journal that is not the one of the directory', () => {
  const a = node('own', ['--new']);
  const other = node('other', ['--new']);

  beforeAll(async () => {
    await a.start();
    await other.start();
    await mneme(['entry', 'set', 'k', 'v', '--node', a.address]);
    await a.kill('SIGTERM');
    await other.kill('SIGTERM');
  }, 60_000);

  test('one that is gone is refused like a damaged one, and a correct start comes back as ever', async () => {
    const kept = `${directory.path}/kept`;
    mkdirSync(kept);
    copyJournal(a.dir, kept);
    removeJournal(a.dir);
    const start = ['cluster', 'start', '--dir', a.dir, '--listen', a.address];
    for (const args of [start, [...start, '--name', 'own', '--new']]) {
      const failure = await failureOf(args);
      expect(failure).toMatchObject({
        exit: 6,
        code: 'data-corrupt',
        hint: expect.stringContaining('--set-aside-data'),
      });
      expect(failure.message).toContain(a.dir);
    }
    copyJournal(kept, a.dir);
    await a.start();
    expect((await mneme(['entry', 'get', 'k', '--node', a.address])).stdout.trim()).toBe('v');
    await a.kill('SIGTERM');
  }, 60_000);

  test("another node's is refused with the names of both", async () => {
    removeJournal(a.dir);
    copyJournal(other.dir, a.dir);
    const start = ['cluster', 'start', '--dir', a.dir, '--listen', a.address];
    const failure = await failureOf(start);
    expect(failure).toMatchObject({ exit: 6, code: 'data-corrupt' });
    expect(failure.message).toMatch(/node other .* not of own/);
    rmSync(`${a.dir}/node.json`);
    expect(await failureOf([...start, '--name', 'own'])).toMatchObject({ exit: 6, code: 'data-corrupt' });
  }, 60_000);

  test("a directory is not started under another member's name", async () => {
    const [c, d] = [node('c', ['--new']), node('d')];
    await c.start();
    await d.start(c.address);
    await untilInSync(c, d);
    await d.kill('SIGTERM');
    const failure = await failureOf(['cluster', 'start', '--name', 'c', '--dir', d.dir, '--listen', '127.0.0.1:0']);
    expect(failure).toMatchObject({ exit: 6, code: 'name-taken', message: expect.stringContaining(c.address) });
    await c.kill('SIGTERM');
  }, 60_000);
});

describe('a host whose name has changed', () => {
  test('does not start an empty node beside its old data, unless told to', async () => {
    const inside = ['env', `XDG_DATA_HOME=${directory.path}/home`];
    const listen = ['--listen', await freeAddress()];
    const run = (...args: string[]) => mneme(['cluster', 'start', '--detach', '--json', ...listen, ...args], inside);
    const first = await run('--name', 'old-host', '--new');
    const { address } = JSON.parse(first.stdout) as StartedNode;
    await mneme(['cluster', 'stop', '--node', address]);
    const refused = await run();
    expect(refused.code).toBe(6);
    expect(refused.stdout).toContain(`${directory.path}/home/mneme/old-host`);
    const anew = await run('--new');
    expect(JSON.parse(anew.stdout)).toMatchObject({ founded: true });
    await mneme(['cluster', 'stop', '--node', address]);
  }, 60_000);
});

describe('members that all come back with new addresses', () => {
  const [a, b, c] = [node('ma', ['--new']), node('mb'), node('mc')];

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await c.start(a.address);
    await untilInSync(a, b, c);
    await mneme(['entry', 'set', 'moved', 'along', '--node', a.address]);
    await untilInSync(a, b, c);
    await Promise.all([a, b, c].map((one) => one.kill('SIGTERM')));
  }, 60_000);

  test('find each other where one member is shown the way, by start --peer or by join, and all learn all', async () => {
    const [x, z] = [node('ma', [], a.dir), node('mc', [], c.dir)];
    const way = await freeAddress();
    await x.start(null, way);
    const shown = node('mb', ['--peer', `${await freeAddress()},${way}`], b.dir);
    await shown.start(null, await freeAddress());
    await z.start(way, await freeAddress());
    await untilInSync(x, shown, z);
    const addresses = [x, shown, z].map(({ address }) => address).sort();
    for (const one of [x, shown, z]) {
      const { members } = await statusOf(one.address);
      expect(members.map(({ address }) => address).sort()).toEqual(addresses);
    }
    expect((await mneme(['entry', 'get', 'moved', '--node', z.address])).stdout.trim()).toBe('along');
    await Promise.all([x, shown, z].map((one) => one.kill('SIGTERM')));
  }, 60_000);

  test('--peer is for nodes with data', async () => {
    const args = ['cluster', 'start', '--name', 'empty', '--dir', `${directory.path}/empty`, '--peer', '127.0.0.1:1'];
    expect(await failureOf(args)).toMatchObject({
      exit: 2,
      code: 'usage',
      hint: expect.stringContaining('cluster join'),
    });
  });
});

describe('a directory that has a past of its own', () => {
  const [a, b, c] = [node('pa', ['--new']), node('pb'), node('pc')];
  const set = (key: string, value: string, at: NodeProcess) =>
    mneme(['entry', 'set', key, value, '--node', at.address]);
  const get = async (key: string, at: NodeProcess) =>
    (await mneme(['entry', 'get', key, '--node', at.address])).stdout.trim();

  beforeAll(async () => {
    await a.start();
    await b.start(a.address);
    await c.start(a.address);
    await untilInSync(a, b, c);
  }, 60_000);

  test('put back from an older copy is named, revives nothing, and has in the end what the others have', async () => {
    await set('deleted', 'old', a);
    await untilInSync(a, b, c);
    await c.kill('SIGTERM');
    const copy = `${directory.path}/pc-copy`;
    cpSync(c.dir, copy, { recursive: true });
    await c.start();
    await untilInSync(a, b, c);
    await mneme(['entry', 'delete', 'deleted', '--node', a.address]);
    await set('own', 'later', c);
    await untilInSync(a, b, c);
    await until('the delete is collected', async () => (await statusOf(a.address)).self.tombstones === 0);
    await c.kill();
    rmSync(c.dir, { recursive: true });
    cpSync(copy, c.dir, { recursive: true });
    await c.start();
    await until('c has its own write back', async () => (await get('own', c)) === 'later');
    await untilInSync(a, b, c);
    expect(await get('deleted', c)).toBe('');
    expect(await mneme(['replica', 'verify', '--values', '--node', a.address])).toMatchObject({ code: 0 });
    const { stdout } = await mneme(['split-brain', 'history', '--node', b.address]);
    expect(stdout).toMatch(/set back .*pa pb \| pc\b/);
    const shown = await mneme(['split-brain', 'show', 'latest', '--node', b.address]);
    expect(shown.stdout.replace(/\s+/g, ' ')).toContain('pc came back with less than it had acknowledged');
  }, 90_000);

  test('cloned beside the original is refused with both addresses, and the original goes on', async () => {
    const dir = `${directory.path}/clone`;
    cpSync(c.dir, dir, { recursive: true, filter: (path) => !/\/lock-/.test(path) });
    const clone = new NodeProcess('pc', dir);
    started.push(clone);
    const starting = clone.start(null, await freeAddress()).then(
      () => clone.exited,
      () => clone.exited,
    );
    expect(await starting).toBe(6);
    expect(clone.logText).toMatch(new RegExp(`[Pp]c \\(replica \\w+\\) runs at ${c.address} already`));
    const problems = [a, b].map(async ({ address }) => (await statusOf(address)).problems ?? []);
    const [problem] = (await Promise.all(problems)).flat();
    expect(problem).toMatchObject({ kind: 'second-instance', text: expect.stringContaining(c.address) });
    await set('still', 'here', c);
    await until('a has it', async () => (await get('still', a)) === 'here');
  }, 60_000);
});
